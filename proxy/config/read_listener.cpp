#include "proxy/config/finder.hpp"
#include "proxy/config/read_pairs.hpp"
#include "proxy/config/read_values.hpp"
#include "proxy/config/tables.hpp"

namespace portcullis::config {
namespace {

/// A listener before its certificates and keys are paired.
struct written_listener {
    listener value;
    written_pairs pairs;
};

/// An empty list would shut everybody out, which nobody means.
void read_allow_from(reader& in, written_listener& out) {
    if (!read_networks(in, out.value.allow_from)) return;
    if (out.value.allow_from.empty()) in.error("is empty, so nobody could connect; leave it out to allow everybody");
}

constexpr field<written_listener> fields[] = {
    {"name", [](reader& in, written_listener& out) { read_name(in, out.value.name); }, true},
    {"address", [](reader& in, written_listener& out) { read_endpoint(in, out.value.address); }, true},
    {"cluster", [](reader& in, written_listener& out) { in.text(out.value.cluster); }},
    {"ssl_cert", [](reader& in, written_listener& out) { out.pairs.read_cert(in); }},
    {"ssl_key", [](reader& in, written_listener& out) { out.pairs.read_key(in); }},
    {"ssl_ca", [](reader& in, written_listener& out) { in.path(out.value.tls.ca); }},
    {"ssl_crl", [](reader& in, written_listener& out) { in.path(out.value.tls.crl); }},
    {"tls_version", [](reader& in, written_listener& out) { read_tls_versions(in, out.value.tls.versions); }},
    {"ssl_cipher", [](reader& in, written_listener& out) { in.text(out.value.tls.ciphers); }},
    {"tls_ciphersuites", [](reader& in, written_listener& out) { in.text(out.value.tls.ciphersuites); }},
    {"require_secure_transport",
     [](reader& in, written_listener& out) { in.boolean(out.value.require_secure_transport); }},
    {"compression", [](reader& in, written_listener& out) { in.boolean(out.value.compression); }},
    {"proxy_protocol_networks",
     [](reader& in, written_listener& out) { read_networks(in, out.value.proxy_protocol_networks); }},
    {"allow_from", read_allow_from},
    {"deny_from", [](reader& in, written_listener& out) { read_networks(in, out.value.deny_from); }},
};

/// What only makes sense with TLS. A listener whose certificates could not be read is not called plaintext.
void check_tls_keys(const reader& in, const written_listener& listener) {
    const finder report{in.shared().source, in.shared().found};
    const auto& value = listener.value;
    const bool plaintext = listener.pairs.none();
    const auto useless = [&](const std::string& key, const std::string& why) {
        report.error(in.where() + "." + key, in.title() + " " + key + ": " + why);
    };
    const std::string no_tls = "has no use on a listener without TLS; give it 'ssl_cert' and 'ssl_key'";
    if (plaintext && !value.tls.ca.empty()) useless("ssl_ca", no_tls);
    if (plaintext && !value.tls.crl.empty()) useless("ssl_crl", no_tls);
    if (plaintext && value.require_secure_transport && !value.address.is_unix())
        useless("require_secure_transport",
                "would refuse everybody on a listener without TLS; give it 'ssl_cert' and "
                "'ssl_key'");
    if (!plaintext && !value.tls.crl.empty() && value.tls.ca.empty())
        useless("ssl_crl", "has no use without 'ssl_ca', as no client is asked for a certificate");
}

void check_unix_socket(const reader& in, const listener& value) {
    if (!value.address.is_unix()) return;
    const finder report{in.shared().source, in.shared().found};
    const auto no_effect = [&](const std::string& key, const std::vector<network>& networks) {
        if (!networks.empty())
            report.warning(in.where() + "." + key,
                           in.title() + " " + key + ": has no effect, as clients of a unix socket have no address");
    };
    no_effect("proxy_protocol_networks", value.proxy_protocol_networks);
    no_effect("allow_from", value.allow_from);
    no_effect("deny_from", value.deny_from);
}

/// Sessions resume only at the listener, and under the client certificate policy, that they began with.
std::string session_id_context_of(const listener& value) {
    return value.name + "\n" + value.tls.ca.string() + "\n" + value.tls.crl.string();
}

}  // namespace

table_keys listener_keys() {
    return {"[[listener]]", names_of(fields)};
}

void read_listeners(reader& in, configuration& out) {
    for (const auto& table : in.tables("[[listener]]")) {
        written_listener written;
        written.value.cluster = "default";
        written.value.tls.versions = default_tls_versions();
        read_table(table, fields, written);
        written.value.tls.pairs = written.pairs.pair_up(table);
        check_tls_keys(table, written);
        check_unix_socket(table, written.value);
        written.value.tls.session_id_context = session_id_context_of(written.value);
        out.listeners.push_back(std::move(written.value));
    }
}

}  // namespace portcullis::config
