#include "proxy/config/finder.hpp"
#include "proxy/config/password_file.hpp"
#include "proxy/config/read_values.hpp"
#include "proxy/config/tables.hpp"

#include <array>

namespace portcullis::config {
namespace {

constexpr std::array<std::pair<std::string_view, balance>, 3> balances{{
    {"least_connections", balance::least_connections},
    {"round_robin", balance::round_robin},
    {"first_available", balance::first_available},
}};
constexpr std::array<std::pair<std::string_view, ssl_mode>, 5> ssl_modes{{
    {"DISABLED", ssl_mode::disabled},
    {"PREFERRED", ssl_mode::preferred},
    {"REQUIRED", ssl_mode::required},
    {"VERIFY_CA", ssl_mode::verify_ca},
    {"VERIFY_IDENTITY", ssl_mode::verify_identity},
}};
constexpr std::array<std::pair<std::string_view, reuse>, 2> reuses{{
    {"off", reuse::off},
    {"change_user", reuse::change_user},
}};
constexpr std::int64_t heaviest = 1000;
constexpr std::int64_t most_kept = 10'000;

struct written_health {
    health value;
    std::filesystem::path password_file;
};

constexpr field<aggregator> aggregator_fields[] = {
    {"address", [](reader& in, aggregator& out) { read_endpoint(in, out.address); }, true},
    {"weight", [](reader& in, aggregator& out) { in.integer(out.weight, 1, heaviest); }},
};

constexpr field<written_health> health_fields[] = {
    {"interval", [](reader& in, written_health& out) { in.duration(out.value.interval); }},
    {"user", [](reader& in, written_health& out) { in.text(out.value.user); }},
    {"password_file", [](reader& in, written_health& out) { in.path(out.password_file); }},
};

void read_aggregators(reader& in, cluster& out) {
    for (const auto& table : in.tables("[[cluster." + out.name + ".aggregator]]")) {
        aggregator each;
        read_table(table, aggregator_fields, each);
        out.aggregators.push_back(std::move(each));
    }
}

void read_health(reader& in, cluster& out) {
    const auto table = in.table("[cluster." + out.name + ".health]");
    if (!table) return;
    written_health written;
    read_table(*table, health_fields, written);
    out.health = std::move(written.value);
    const finder report{in.shared().source, in.shared().found};
    const auto subject = table->title() + " ";
    if (!written.password_file.empty()) {
        const auto where = in.where() + ".password_file";
        const auto reason = read_password_file(written.password_file, out.health.password);
        if (!reason.empty()) report.error(where, subject + "password_file: " + reason);
        if (out.health.user.empty())
            report.error(where, subject + "password_file: needs the account it belongs to in 'user'");
    } else if (!out.health.user.empty()) {
        report.warning(in.where() + ".user",
                       subject + "user: logs in without a password, as there is no 'password_file'");
    }
}

constexpr field<cluster> cluster_fields[] = {
    {"balance", [](reader& in, cluster& out) { in.word<balance>(out.balance, balances); }},
    {"ssl_mode", [](reader& in, cluster& out) { in.word<ssl_mode>(out.ssl_mode, ssl_modes); }},
    {"ssl_ca", [](reader& in, cluster& out) { in.path(out.tls.ca); }},
    {"ssl_cert", [](reader& in, cluster& out) { in.path(out.tls.pair.cert); }},
    {"ssl_key", [](reader& in, cluster& out) { in.path(out.tls.pair.key); }},
    {"ssl_crl", [](reader& in, cluster& out) { in.path(out.tls.crl); }},
    {"tls_version", [](reader& in, cluster& out) { read_tls_versions(in, out.tls.versions); }},
    {"ssl_cipher", [](reader& in, cluster& out) { in.text(out.tls.ciphers); }},
    {"tls_ciphersuites", [](reader& in, cluster& out) { in.text(out.tls.ciphersuites); }},
    {"legacy_server_connect", [](reader& in, cluster& out) { in.boolean(out.tls.legacy_server_connect); }},
    {"proxy_protocol", [](reader& in, cluster& out) { in.boolean(out.proxy_protocol); }},
    {"local_infile", [](reader& in, cluster& out) { in.boolean(out.local_infile); }},
    {"connect_attributes", [](reader& in, cluster& out) { in.boolean(out.connect_attributes); }},
    {"reuse", [](reader& in, cluster& out) { in.word<reuse>(out.reuse, reuses); }},
    {"reuse_idle", [](reader& in, cluster& out) { in.duration(out.reuse_idle); }},
    {"reuse_max", [](reader& in, cluster& out) { in.integer(out.reuse_max, 1, most_kept); }},
    {"aggregator", read_aggregators},
    {"health", read_health},
};

/// MySQL's --ssl-mode: REQUIRED and PREFERRED encrypt without asking who answers.
certs::verification verification_of(ssl_mode mode) {
    switch (mode) {
        case ssl_mode::verify_ca:
            return certs::verification::ca;
        case ssl_mode::verify_identity:
            return certs::verification::identity;
        case ssl_mode::disabled:
        case ssl_mode::preferred:
        case ssl_mode::required:
            break;
    }
    return certs::verification::none;
}

cluster read_cluster(const reader& table, const std::string& name) {
    cluster out;
    out.name = name;
    out.tls.versions = default_tls_versions();
    read_table(table, cluster_fields, out);
    out.tls.verify = verification_of(out.ssl_mode);
    return out;
}

}  // namespace

table_keys cluster_keys() {
    return {"[cluster.NAME]", names_of(cluster_fields)};
}
table_keys aggregator_keys() {
    return {"[[cluster.NAME.aggregator]]", names_of(aggregator_fields)};
}
table_keys health_keys() {
    return {"[cluster.NAME.health]", names_of(health_fields)};
}

void read_clusters(reader& in, configuration& out) {
    const auto clusters = in.table("[cluster.NAME]");
    if (!clusters) return;
    for (const auto& entry : clusters->value().entries) {
        auto value = clusters->child(entry, "[cluster]");
        if (!is_name(entry.key)) {
            value.error("is no name of a cluster: it takes 1 to 64 letters, digits, '-' and '_'");
        } else if (entry.value.type != document_value::kind::table) {
            value.error("stands outside a cluster: clusters have names, as in [cluster.default]");
        } else if (const auto table = value.table("[cluster." + entry.key + "]")) {
            out.clusters.push_back(read_cluster(*table, entry.key));
        }
    }
}

}  // namespace portcullis::config
