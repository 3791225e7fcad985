#include "proxy/config/finder.hpp"
#include "proxy/config/read_pairs.hpp"
#include "proxy/config/read_values.hpp"
#include "proxy/config/tables.hpp"
#include "proxy/config/token_file.hpp"

namespace portcullis::config {
namespace {

struct written_admin {
    admin value;
    written_pairs pairs;
    std::filesystem::path token_file;
    bool address_read = true;
};

void read_socket(reader& in, written_admin& out) {
    std::filesystem::path path;
    if (!in.path(path)) return;
    if (path.string().size() > longest_unix_path) {
        in.error("the path of the socket is longer than " + std::to_string(longest_unix_path) + " bytes");
        return;
    }
    out.value.socket = path.string();
    out.value.socket_is_default = false;
}

void read_address(reader& in, written_admin& out) {
    std::string written;
    out.address_read = in.text(written);
    if (!out.address_read || written.empty()) return;
    endpoint address;
    out.address_read = read_endpoint(in, address);
    if (!out.address_read) return;
    if (address.is_unix()) {
        in.error("takes \"HOST:PORT\"; the unix socket is 'socket'");
        out.address_read = false;
        return;
    }
    out.value.address = std::move(address);
}

constexpr field<written_admin> fields[] = {
    {"socket", read_socket},
    {"address", read_address},
    {"token_file", [](reader& in, written_admin& out) { in.path(out.token_file); }},
    {"metrics_need_token", [](reader& in, written_admin& out) { in.boolean(out.value.metrics_need_token); }},
    {"ssl_cert", [](reader& in, written_admin& out) { out.pairs.read_cert(in); }},
    {"ssl_key", [](reader& in, written_admin& out) { out.pairs.read_key(in); }},
    {"tls_version", [](reader& in, written_admin& out) { read_tls_versions(in, out.value.tls.versions); }},
    {"ssl_cipher", [](reader& in, written_admin& out) { in.text(out.value.tls.ciphers); }},
    {"tls_ciphersuites", [](reader& in, written_admin& out) { in.text(out.value.tls.ciphersuites); }},
};

void read_tokens(const reader& in, written_admin& out) {
    const finder report{in.shared().source, in.shared().found};
    if (out.token_file.empty()) {
        if (out.value.address)
            report.error("admin.address",
                         "[admin] address: needs a 'token_file': without a token nobody could do more "
                         "than ask whether the gate is there");
        return;
    }
    if (!out.value.address && out.address_read)
        report.error("admin.token_file",
                     "[admin] token_file: has no use without 'address'; who may open 'socket' "
                     "needs no token");
    const auto problem = read_token_file(out.token_file, out.value.tokens);
    if (!problem.empty()) report.error("admin.token_file", "[admin] token_file: " + problem);
    const auto now = std::chrono::system_clock::now();
    for (const auto& each : out.value.tokens)
        if (each.expires && now >= *each.expires)
            report.warning("admin.token_file",
                           "[admin] token_file: a token in " + out.token_file.string() + " has expired");
}

}  // namespace

table_keys admin_keys() {
    return {"[admin]", names_of(fields)};
}

void read_admin(reader& in, configuration& out) {
    const auto table = in.table("[admin]");
    if (!table) return;
    written_admin written;
    written.value.tls.versions = default_tls_versions();
    read_table(*table, fields, written);
    written.value.tls.pairs = written.pairs.pair_up(*table);
    written.value.tls.session_id_context = "admin";
    read_tokens(*table, written);
    out.admin = std::move(written.value);
}

}  // namespace portcullis::config
