#include "proxy/config/tables.hpp"

namespace portcullis::config {
namespace {

constexpr std::size_t longest_server_version = 60;  // MySQL's SERVER_VERSION_LENGTH

/// Drivers compute with the number at the front (PyMySQL stops at anything else).
void read_server_version(reader& in, gate& out) {
    std::string version;
    if (!in.text(version)) return;
    const bool printable = std::all_of(version.begin(), version.end(), [](char c) { return c > ' ' && c <= '~'; });
    const bool numbered = version.empty() || (version[0] >= '0' && version[0] <= '9');
    if (!printable || !numbered || version.size() > longest_server_version)
        in.error("must begin with a number and be at most 60 printable characters, such as \"8.0.36-gate\", not " +
                 in_quotes(version));
    else
        out.server_version = version;
}

/// Bound under a longer name first; a unix socket's has at most 107 bytes.
void read_takeover_socket(reader& in, gate& out) {
    constexpr std::size_t longest = 100;
    std::filesystem::path path;
    if (!in.path(path)) return;
    if (path.native().size() > longest)
        in.error("must be a path of at most 100 bytes, not " + in_quotes(path.native()));
    else
        out.takeover_socket = path;
}

constexpr field<gate> fields[] = {
    {"instance_id", [](reader& in, gate& out) { in.integer(out.instance_id, 0, 127); }},
    {"workers", [](reader& in, gate& out) { in.integer(out.workers, 0, 1024); }},
    {"server_version", read_server_version},
    {"rsa_private_key", [](reader& in, gate& out) { in.path(out.rsa_private_key); }},
    {"fast_aes_gcm", [](reader& in, gate& out) { in.boolean(out.fast_aes_gcm); }},
    {"fast_tls13", [](reader& in, gate& out) { in.boolean(out.fast_tls13); }},
    {"ticket_keys", [](reader& in, gate& out) { in.path(out.ticket_keys); }},
    {"takeover_socket", read_takeover_socket},
};

}  // namespace

table_keys gate_keys() {
    return {"[gate]", names_of(fields)};
}

void read_gate(reader& in, configuration& out) {
    if (const auto table = in.table("[gate]")) read_table(*table, fields, out.gate);
}

}  // namespace portcullis::config
