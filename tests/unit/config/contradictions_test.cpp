#include "unit/config/reading.hpp"
#include "unit/config/scratch.hpp"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// Findings about a TLS listener with these lines added, from line 6 on.
std::vector<std::string> listener_with(const std::string& lines) {
    return findings(tls_listener + lines + one_cluster);
}

/// Findings about a plaintext listener with these lines added, from line 4 on; not the one that it is plaintext.
std::vector<std::string> plaintext_with(const std::string& lines, const std::string& address = "0.0.0.0:3306") {
    auto found = findings("[[listener]]\nname = \"a\"\naddress = \"" + address + "\"\n" + lines + one_cluster +
                          "[accounts]\ndefault_require = \"NONE\"\n");
    std::erase_if(found, [](const std::string& each) { return each.find("in the clear") != std::string::npos; });
    return found;
}

/// Findings about a cluster with these lines added, from line 2 on.
std::vector<std::string> cluster_with(const std::string& lines, const std::string& address = "db1:3306") {
    auto found = findings("[cluster.default]\n" + lines + "[[cluster.default.aggregator]]\naddress = \"" + address +
                          "\"\n" + tls_listener);
    std::erase_if(found,
                  [](const std::string& each) { return each.find("warning: cluster 'default': ssl_mode") == 3; });
    return found;
}

TEST(contradictions, a_certificate_needs_its_key_and_a_key_its_certificate) {
    EXPECT_THAT(plaintext_with("ssl_cert = \"c\"\n"),
                ElementsAre("4: [[listener]] ssl_cert: needs its private key in 'ssl_key'"));
    EXPECT_THAT(plaintext_with("ssl_key = \"k\"\n"),
                ElementsAre("4: [[listener]] ssl_key: needs its certificate in 'ssl_cert'"));
    EXPECT_THAT(cluster_with("ssl_cert = \"c\"\n"),
                ElementsAre("2: cluster 'default': ssl_cert needs its private key in 'ssl_key'"));
    EXPECT_THAT(cluster_with("ssl_key = \"k\"\n"),
                ElementsAre("2: cluster 'default': ssl_key needs its certificate in 'ssl_cert'"));
}

TEST(contradictions, every_certificate_has_a_key_of_its_own) {
    EXPECT_THAT(plaintext_with("ssl_cert = [\"a\", \"b\"]\nssl_key = \"k\"\n"),
                ElementsAre(HasSubstr("5: [[listener]] ssl_key: each certificate needs its own key")));
    EXPECT_THAT(plaintext_with("ssl_cert = [\"a\", \"\"]\nssl_key = [\"k\", \"l\"]\n"),
                ElementsAre("4: [[listener]] ssl_cert: names no file in one of its places"));
}

TEST(contradictions, certificates_that_could_not_be_read_do_not_make_a_listener_plaintext) {
    EXPECT_THAT(plaintext_with("ssl_cert = 1\nssl_key = \"k\"\nssl_ca = \"ca\"\nrequire_secure_transport = true\n"),
                ElementsAre(StartsWith("4: [[listener]] ssl_cert: takes a string or an array of strings")));
    EXPECT_THAT(
        plaintext_with("ssl_cert = 1\nssl_key = 2\nssl_ca = \"ca\"\n"),
        ElementsAre(StartsWith("4: [[listener]] ssl_cert: takes"), StartsWith("5: [[listener]] ssl_key: takes")));
}

TEST(contradictions, a_plaintext_listener_has_no_use_for_what_needs_tls) {
    EXPECT_THAT(plaintext_with("ssl_ca = \"ca\"\n"), ElementsAre(HasSubstr("4: [[listener]] ssl_ca: has no use")));
    EXPECT_THAT(plaintext_with("ssl_crl = \"crl\"\n"), ElementsAre(HasSubstr("4: [[listener]] ssl_crl: has no use")));
    EXPECT_THAT(plaintext_with("require_secure_transport = true\n"),
                ElementsAre(HasSubstr("4: [[listener]] require_secure_transport: would refuse everybody")));
    EXPECT_THAT(plaintext_with("require_secure_transport = true\n", "unix:/run/a"), IsEmpty());
}

TEST(contradictions, a_revocation_list_needs_a_ca) {
    EXPECT_THAT(listener_with("ssl_crl = \"crl\"\n"), ElementsAre(HasSubstr("has no use without 'ssl_ca'")));
    EXPECT_THAT(listener_with("ssl_crl = \"crl\"\nssl_ca = \"ca\"\n"), IsEmpty());
}

TEST(contradictions, address_rules_have_no_effect_on_a_unix_socket) {
    EXPECT_THAT(plaintext_with("deny_from = [\"10.0.0.0/8\"]\nproxy_protocol_networks = [\"::1\"]\n", "unix:/run/a"),
                ElementsAre(StartsWith("4: warning: [[listener]] deny_from: has no effect"),
                            StartsWith("5: warning: [[listener]] proxy_protocol_networks: has no effect")));
}

TEST(contradictions, two_listeners_share_neither_name_nor_address) {
    EXPECT_THAT(findings(in_order + tls_listener),
                ElementsAre("10: listener 'tls': another listener has the same name",
                            "11: listener 'tls': another listener has the address '0.0.0.0:3306'"));
    EXPECT_THAT(findings("[[listener]]\nname = \"a\"\naddress = \"[::1]:1\"\nssl_cert = \"c\"\nssl_key = \"k\"\n"
                         "[[listener]]\nname = \"b\"\naddress = \"[0:0::1]:1\"\nssl_cert = \"c\"\nssl_key = \"k\"\n" +
                         one_cluster),
                ElementsAre(HasSubstr("8: listener 'b': another listener has the address '[::1]:1'")));
}

TEST(contradictions, a_listener_leads_to_a_cluster_that_is_there) {
    EXPECT_THAT(findings(tls_listener + "cluster = \"defualt\"\n" + one_cluster),
                Contains("6: listener 'tls': cluster 'defualt' is not configured; did you mean 'default'?"));
    EXPECT_THAT(findings(tls_listener + "cluster = \"x\"\n" + one_cluster),
                Contains("6: listener 'tls': cluster 'x' is not configured; there are 'default'"));
}

TEST(contradictions, a_cluster_that_no_listener_leads_to_is_mentioned) {
    EXPECT_THAT(findings(in_order + "[[cluster.other.aggregator]]\naddress = \"a:1\"\n"),
                ElementsAre("9: warning: cluster 'other': no listener leads to it"));
}

TEST(contradictions, a_cluster_has_aggregators_and_each_once) {
    EXPECT_THAT(findings(tls_listener + "[cluster.default]\n"),
                ElementsAre(HasSubstr("6: cluster 'default': there is no [[cluster.default.aggregator]]")));
    EXPECT_THAT(findings(in_order + "[[cluster.default.aggregator]]\naddress = \"DB1:3306\"\n"),
                ElementsAre(HasSubstr("10: cluster 'default': the aggregator 'DB1:3306' is listed twice")));
}

TEST(contradictions, ssl_mode_disabled_leaves_no_use_for_certificates) {
    EXPECT_THAT(
        cluster_with("ssl_mode = \"DISABLED\"\nssl_ca = \"ca\"\nssl_cert = \"c\"\nssl_key = \"k\"\nssl_crl = \"l\"\n"),
        ElementsAre(HasSubstr("3: cluster 'default': ssl_ca contradicts ssl_mode \"DISABLED\""),
                    HasSubstr("4: cluster 'default': ssl_cert contradicts"),
                    HasSubstr("5: cluster 'default': ssl_key contradicts"),
                    HasSubstr("6: cluster 'default': ssl_crl contradicts")));
}

TEST(contradictions, a_ca_that_the_mode_does_not_use_is_mentioned) {
    for (const auto* mode : {"PREFERRED", "REQUIRED"})
        EXPECT_THAT(cluster_with("ssl_mode = \"" + std::string(mode) +
                                 "\"\nssl_ca = \"ca\"\nssl_cert = \"c\"\nssl_key = \"k\"\n"),
                    ElementsAre(HasSubstr("3: warning: cluster 'default': ssl_ca is not used")))
            << mode;
    EXPECT_THAT(cluster_with("ssl_mode = \"VERIFY_CA\"\nssl_ca = \"ca\"\n"), IsEmpty());
}

TEST(contradictions, a_unix_socket_has_no_identity_to_verify) {
    EXPECT_THAT(cluster_with("ssl_mode = \"VERIFY_IDENTITY\"\n", "unix:/run/db"),
                ElementsAre(HasSubstr("has no host to verify")));
}

TEST(contradictions, reuse_needs_connections_that_can_serve_another_client) {
    const std::string reuse = "reuse = \"change_user\"\n";
    EXPECT_THAT(cluster_with(reuse), IsEmpty());
    EXPECT_THAT(cluster_with(reuse + "proxy_protocol = true\n"),
                ElementsAre(HasSubstr("2: cluster 'default': reuse contradicts proxy_protocol")));
    EXPECT_THAT(cluster_with(reuse + "ssl_mode = \"DISABLED\"\n"),
                ElementsAre(HasSubstr("2: cluster 'default': reuse contradicts ssl_mode \"DISABLED\"")));
    EXPECT_THAT(cluster_with("reuse = \"off\"\nproxy_protocol = true\n"), IsEmpty());
}

TEST(contradictions, a_health_account_and_its_password_belong_together) {
    const scratch_folder folder;
    const auto file = folder.write("password", "secret\n").string();
    const auto health = [](const std::string& lines) {
        return findings(in_order + "[cluster.default.health]\n" + lines);
    };
    EXPECT_THAT(health("user = \"check\"\npassword_file = \"" + file + "\"\n"), IsEmpty());
    EXPECT_THAT(health("user = \"check\"\n"),
                ElementsAre(AllOf(StartsWith("10: warning: "), HasSubstr("without a password"))));
    EXPECT_THAT(health("password_file = \"" + file + "\"\n"),
                ElementsAre(AllOf(StartsWith("10: "), HasSubstr("in 'user'"))));
    EXPECT_THAT(
        health("user = \"check\"\npassword_file = \"/nonexistent/p\"\n"),
        ElementsAre("11: [cluster.default.health] password_file: /nonexistent/p does not exist: correct the path "
                    "or put the file there"));
    const auto loose = folder.write("loose", "secret\n", 0644).string();
    EXPECT_THAT(health("user = \"check\"\npassword_file = \"" + loose + "\"\n"), ElementsAre(HasSubstr("chmod 600")));
    EXPECT_EQ(loaded(in_order + "[cluster.default.health]\nuser = \"check\"\npassword_file = \"" + file + "\"\n")
                  .clusters[0]
                  .health.password,
              "secret");
}

TEST(contradictions, one_user_and_host_has_one_rule) {
    const auto rules = [](const std::string& a, const std::string& b) {
        return findings("[[account]]\nuser = \"app\"\nhost = \"" + a + "\"\n[[account]]\nuser = \"app\"\nhost = \"" +
                        b + "\"\n" + in_order);
    };
    EXPECT_THAT(rules("10.%", "10.%"),
                ElementsAre("4: account 'app'@'10.%': there is already a rule for it in line 1"));
    EXPECT_THAT(rules("10.0.0.1", "::ffff:10.0.0.1"), ElementsAre(StartsWith("4: ")));
    EXPECT_THAT(rules("localhost", "LocalHost"), ElementsAre(StartsWith("4: ")));
    EXPECT_THAT(rules("10.%", "10._"), IsEmpty());
    EXPECT_THAT(rules("%", ""), IsEmpty());
    EXPECT_THAT(rules("10.0.0.0/8", "10.0.0.0/255.0.0.0"), IsEmpty());
    EXPECT_THAT(findings("[[account]]\nuser = \"a\"\n[[account]]\nuser = \"A\"\n" + in_order), IsEmpty());
    EXPECT_THAT(findings("[[account]]\nuser = \"a\"\n[[account]]\nuser = \"a\"\nhost = \"%\"\n" + in_order),
                ElementsAre(StartsWith("3: ")));
}

TEST(contradictions, require_none_asks_for_nothing_else) {
    for (const auto* key : {"subject = \"/CN=a\"", "issuer = \"/CN=a\"", "cipher = \"TLS_AES_256_GCM_SHA384\""})
        EXPECT_THAT(
            findings("[[account]]\nuser = \"a\"\nrequire = \"NONE\"\n" + std::string(key) + "\n" +
                     "[[listener]]\nname = \"a\"\naddress = \"h:1\"\nssl_cert = \"c\"\nssl_key = \"k\"\nssl_ca = "
                     "\"ca\"\n" +
                     one_cluster),
            ElementsAre(HasSubstr("3: [[account]] require: is \"NONE\", which contradicts")))
            << key;
}

TEST(contradictions, what_no_listener_offers_cannot_be_met) {
    const std::string plaintext = "[[listener]]\nname = \"a\"\naddress = \"unix:/run/a\"\n" + one_cluster;
    EXPECT_THAT(
        findings("[accounts]\ndefault_require = \"SSL\"\n[[account]]\nuser = \"app\"\n" + plaintext),
        ElementsAre("2: warning: default_require requires TLS, which no listener offers: users that no [[account]] "
                    "names cannot log in",
                    "3: warning: account 'app'@'%' requires TLS, which no listener offers: it cannot log in"));
    EXPECT_THAT(
        findings("[[account]]\nuser = \"app\"\nrequire = \"X509\"\n" + in_order),
        ElementsAre("1: warning: account 'app'@'%' requires a client certificate, which no listener asks for (no "
                    "'ssl_ca'): it cannot log in"));
}

TEST(contradictions, connect_leaves_time_for_a_second_aggregator) {
    EXPECT_THAT(findings("[timeouts]\nconnect = \"10s\"\n" + in_order),
                ElementsAre(StartsWith("2: warning: connect is not shorter than login")));
}

}  // namespace
}  // namespace portcullis::config
