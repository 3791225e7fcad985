#include "unit/config/reading.hpp"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

certs::tls_version_set versions(std::string_view list) {
    return certs::tls_version_set::parse(list).value();
}

TEST(load, a_short_configuration_is_enough) {
    EXPECT_THAT(findings(in_order), IsEmpty());
    const auto got = loaded(in_order);
    ASSERT_EQ(got.listeners.size(), 1U);
    EXPECT_EQ(got.listeners[0].cluster, "default");
    ASSERT_EQ(got.clusters.size(), 1U);
    EXPECT_EQ(got.clusters[0].aggregators[0].address.to_string(), "db1:3306");
}

TEST(load, what_is_left_out_has_the_secure_default) {
    const auto got = loaded(in_order);
    EXPECT_EQ(got.listeners[0].tls.versions, versions("TLSv1.2,TLSv1.3"));
    EXPECT_FALSE(got.listeners[0].require_secure_transport);
    EXPECT_TRUE(got.listeners[0].allow_from.empty());
    EXPECT_EQ(got.accounts.default_require, requirement::ssl);
    EXPECT_EQ(got.clusters[0].ssl_mode, ssl_mode::verify_ca);
    EXPECT_EQ(got.clusters[0].tls.verify, certs::verification::ca);
    EXPECT_EQ(got.clusters[0].tls.versions, versions("TLSv1.2,TLSv1.3"));
    EXPECT_FALSE(got.clusters[0].tls.legacy_server_connect);
    EXPECT_FALSE(got.clusters[0].local_infile);
    EXPECT_TRUE(got.clusters[0].connect_attributes);
    EXPECT_EQ(got.clusters[0].reuse, reuse::off);
    EXPECT_EQ(got.limits.ban_after, 0U);
    EXPECT_EQ(got.timeouts.login, 10s);
    EXPECT_EQ(got.limits.max_unauthenticated, 512U);
}

TEST(load, every_key_of_gate_timeouts_limits_and_log_arrives) {
    const auto got = loaded(in_order + R"(
[gate]
instance_id = 127
workers = 3
server_version = "8.0.36-gate"
[timeouts]
login = "11s"
connect = "1s500ms"
idle = "2h"
drain = "1m30s"
[limits]
max_connections = 20
max_unauthenticated = 21
max_connections_per_address = 22
ban_after = 23
ban_window = "24s"
ban_time = "25m"
[log]
level = "Warning"
format = "JSON"
file = "log/gate.log"
)");
    EXPECT_EQ(got.gate.instance_id, 127);
    EXPECT_EQ(got.gate.workers, 3U);
    EXPECT_EQ(got.gate.server_version, "8.0.36-gate");
    EXPECT_EQ(got.timeouts.login, 11s);
    EXPECT_EQ(got.timeouts.connect, 1500ms);
    EXPECT_EQ(got.timeouts.idle, 2h);
    EXPECT_EQ(got.timeouts.drain, 90s);
    EXPECT_EQ(got.limits.max_connections, 20U);
    EXPECT_EQ(got.limits.max_unauthenticated, 21U);
    EXPECT_EQ(got.limits.max_connections_per_address, 22U);
    EXPECT_EQ(got.limits.ban_after, 23U);
    EXPECT_EQ(got.limits.ban_window, 24s);
    EXPECT_EQ(got.limits.ban_time, 25min);
    EXPECT_EQ(got.log.level, log_level::warning);
    EXPECT_EQ(got.log.format, log_format::json);
    EXPECT_EQ(got.log.file, "/etc/portcullis/log/gate.log");
}

TEST(load, every_key_of_a_listener_arrives) {
    const auto got = loaded(one_cluster + R"(
[[listener]]
name = "main"
address = "[::1]:3306"
cluster = "default"
ssl_cert = ["rsa.pem", "/abs/ecdsa.pem"]
ssl_key = ["rsa.key", "/abs/ecdsa.key"]
ssl_ca = "ca.pem"
ssl_crl = "crl.pem"
tls_version = "TLSv1.3"
ssl_cipher = "HIGH"
tls_ciphersuites = "TLS_AES_256_GCM_SHA384"
require_secure_transport = true
proxy_protocol_networks = ["10.0.0.0/8"]
allow_from = ["192.0.2.0/24", "::1"]
deny_from = ["192.0.2.7"]
[[listener]]
name = "local"
address = "unix:run/mysql.sock"
)");
    ASSERT_EQ(got.listeners.size(), 2U);
    const auto& main = got.listeners[0];
    EXPECT_EQ(main.name, "main");
    EXPECT_EQ(main.address.to_string(), "[::1]:3306");
    ASSERT_EQ(main.tls.pairs.size(), 2U);
    EXPECT_EQ(main.tls.pairs[0].cert, "/etc/portcullis/rsa.pem");
    EXPECT_EQ(main.tls.pairs[0].key, "/etc/portcullis/rsa.key");
    EXPECT_EQ(main.tls.pairs[1].cert, "/abs/ecdsa.pem");
    EXPECT_EQ(main.tls.pairs[1].key, "/abs/ecdsa.key");
    EXPECT_EQ(main.tls.ca, "/etc/portcullis/ca.pem");
    EXPECT_EQ(main.tls.crl, "/etc/portcullis/crl.pem");
    EXPECT_EQ(main.tls.versions, versions("TLSv1.3"));
    EXPECT_EQ(main.tls.ciphers, "HIGH");
    EXPECT_EQ(main.tls.ciphersuites, "TLS_AES_256_GCM_SHA384");
    EXPECT_TRUE(main.require_secure_transport);
    EXPECT_EQ(main.proxy_protocol_networks.size(), 1U);
    EXPECT_EQ(main.allow_from.size(), 2U);
    EXPECT_EQ(main.deny_from[0].to_string(), "192.0.2.7");
    EXPECT_EQ(got.listeners[1].address.unix_path, "/etc/portcullis/run/mysql.sock");
    EXPECT_FALSE(got.listeners[1].offers_tls());
}

TEST(load, every_key_of_accounts_arrives) {
    const auto got = loaded(in_order + R"(
[accounts]
default_require = "x509"
[[account]]
user = "app"
host = "10.%"
require = "NONE"
max_user_connections = 7
allow_from = ["10.0.0.0/8"]
[[account]]
user = ""
issuer = "/CN=ca"
subject = "/O=Example/CN=app"
cipher = "TLS_AES_256_GCM_SHA384"
)");
    EXPECT_EQ(got.accounts.default_require, requirement::x509);
    ASSERT_EQ(got.accounts.rules.size(), 2U);
    const auto& app = got.accounts.rules[0];
    EXPECT_EQ(app.user, "app");
    EXPECT_EQ(app.host, "10.%");
    EXPECT_EQ(app.require, requirement::none);
    EXPECT_EQ(app.max_user_connections, 7U);
    EXPECT_EQ(app.allow_from[0].to_string(), "10.0.0.0/8");
    EXPECT_FALSE(app.issuer);
    EXPECT_FALSE(app.subject);
    const auto& anybody = got.accounts.rules[1];
    EXPECT_EQ(anybody.user, "");
    EXPECT_EQ(anybody.host, "%");
    EXPECT_EQ(anybody.require, requirement::x509) << "issuer and subject imply it";
    EXPECT_EQ(anybody.issuer->to_string(), "/CN=ca");
    EXPECT_EQ(anybody.subject->to_string(), "/O=Example/CN=app");
    EXPECT_EQ(anybody.cipher, "TLS_AES_256_GCM_SHA384");
}

TEST(load, every_key_of_a_cluster_arrives) {
    const auto got = loaded(tls_listener + R"(cluster = "db"
[cluster.db]
balance = "first_available"
ssl_mode = "verify_identity"
ssl_ca = "ca.pem"
ssl_cert = "c.pem"
ssl_key = "k.pem"
ssl_crl = "crl.pem"
tls_version = "TLSv1"
ssl_cipher = "HIGH"
tls_ciphersuites = "TLS_AES_128_GCM_SHA256"
legacy_server_connect = true
proxy_protocol = true
local_infile = true
connect_attributes = false
reuse = "Off"
reuse_idle = "90s"
reuse_max = 7
[[cluster.db.aggregator]]
address = "db1:3306"
weight = 3
[[cluster.db.aggregator]]
address = "[::1]:3307"
[cluster.db.health]
interval = "250ms"
user = "check"
)");
    ASSERT_NE(got.find_cluster("db"), nullptr);
    EXPECT_EQ(got.find_cluster("default"), nullptr);
    const auto& db = *got.find_cluster("db");
    EXPECT_EQ(db.balance, balance::first_available);
    EXPECT_EQ(db.ssl_mode, ssl_mode::verify_identity);
    EXPECT_EQ(db.tls.verify, certs::verification::identity);
    EXPECT_EQ(db.tls.ca, "/etc/portcullis/ca.pem");
    EXPECT_EQ(db.tls.pair.cert, "/etc/portcullis/c.pem");
    EXPECT_EQ(db.tls.pair.key, "/etc/portcullis/k.pem");
    EXPECT_EQ(db.tls.crl, "/etc/portcullis/crl.pem");
    EXPECT_EQ(db.tls.versions, versions("TLSv1"));
    EXPECT_EQ(db.tls.ciphers, "HIGH");
    EXPECT_EQ(db.tls.ciphersuites, "TLS_AES_128_GCM_SHA256");
    EXPECT_TRUE(db.tls.legacy_server_connect);
    EXPECT_TRUE(db.proxy_protocol);
    EXPECT_TRUE(db.local_infile);
    EXPECT_FALSE(db.connect_attributes);
    EXPECT_EQ(db.reuse, reuse::off);
    EXPECT_EQ(db.reuse_idle, 90s);
    EXPECT_EQ(db.reuse_max, 7U);
    ASSERT_EQ(db.aggregators.size(), 2U);
    EXPECT_EQ(db.aggregators[0].weight, 3U);
    EXPECT_EQ(db.aggregators[1].address.to_string(), "[::1]:3307");
    EXPECT_EQ(db.aggregators[1].weight, 1U);
    EXPECT_EQ(db.health.interval, 250ms);
    EXPECT_EQ(db.health.user, "check");
}

TEST(load, ssl_mode_says_what_is_verified_as_in_mysql) {
    const auto verified = [](const std::string& mode) {
        return load_text("[cluster.default]\nssl_mode = \"" + mode + "\"\n", "f").value.clusters.at(0).tls.verify;
    };
    EXPECT_EQ(verified("DISABLED"), certs::verification::none);
    EXPECT_EQ(verified("PREFERRED"), certs::verification::none);
    EXPECT_EQ(verified("REQUIRED"), certs::verification::none);
    EXPECT_EQ(verified("VERIFY_CA"), certs::verification::ca);
    EXPECT_EQ(verified("VERIFY_IDENTITY"), certs::verification::identity);
}

TEST(load, empty_strings_stand_for_what_is_left_out) {
    const auto got = loaded(R"([[listener]]
name = "a"
address = "0.0.0.0:3306"
ssl_cert = ""
ssl_key = ""
ssl_ca = ""
ssl_crl = ""
ssl_cipher = ""
[cluster.default]
ssl_mode = "DISABLED"
ssl_ca = ""
ssl_cert = ""
ssl_key = ""
ssl_crl = ""
[[cluster.default.aggregator]]
address = "db1:3306"
[cluster.default.health]
user = ""
password_file = ""
[[account]]
user = "app"
issuer = ""
subject = ""
cipher = ""
[gate]
server_version = ""
[log]
file = ""
)");
    EXPECT_FALSE(got.listeners[0].offers_tls());
    EXPECT_TRUE(got.clusters[0].tls.ca.empty());
    EXPECT_FALSE(got.accounts.rules[0].issuer);
    EXPECT_EQ(got.accounts.rules[0].require, requirement::ssl);
    EXPECT_TRUE(got.log.file.empty());
}

TEST(load, sessions_resume_only_at_the_listener_and_policy_they_began_with) {
    const auto context = [](const std::string& keys, const std::string& name = "a") {
        return load_text("[[listener]]\nname = \"" + name +
                             "\"\naddress = \"h:1\"\nssl_cert = \"c\"\nssl_key = \"k\"\n" + keys,
                         "f")
            .value.listeners.at(0)
            .tls.session_id_context;
    };
    EXPECT_EQ(context(""), context(""));
    EXPECT_NE(context(""), context("", "b"));
    EXPECT_NE(context(""), context("ssl_ca = \"ca\"\n"));
    EXPECT_NE(context("ssl_ca = \"ca\"\n"), context("ssl_ca = \"ca\"\nssl_crl = \"crl\"\n"));
}

TEST(load, clusters_keep_the_order_of_the_file) {
    const auto got = load_text("[cluster.z]\n[cluster.a]\n[cluster.m.health]\n", "f").value;
    ASSERT_EQ(got.clusters.size(), 3U);
    EXPECT_EQ(got.clusters[0].name, "z");
    EXPECT_EQ(got.clusters[1].name, "a");
    EXPECT_EQ(got.clusters[2].name, "m");
}

TEST(load, a_file_is_read_and_relative_paths_start_at_its_folder) {
    EXPECT_EQ(load_text(in_order, "sub/p.toml").value.listeners[0].tls.pairs[0].cert,
              std::filesystem::current_path() / "sub/c.pem");
}

}  // namespace
}  // namespace portcullis::config
