#include "protocol/auth_plugin.hpp"

#include "protocol/auth_messages.hpp"

namespace portcullis::protocol {

bool hides_with_rsa(std::string_view plugin) {
    return plugin == caching_sha2_password || plugin == sha256_password;
}

plugin_verdict may_relay(std::string_view plugin, legs between) {
    const bool never_readable = plugin == mysql_native_password || plugin == "client_ed25519" || hides_with_rsa(plugin);
    if (never_readable) return plugin_verdict::relay;
    if (!between.client_secure) return plugin_verdict::client_needs_tls;
    if (!between.aggregator_secure) return plugin_verdict::aggregator_needs_tls;
    return plugin_verdict::relay;
}

bool can_be_switched_to(std::string_view plugin, capability_flags client) {
    return (client & client_plugin_auth) != 0 || plugin == mysql_native_password;
}

bool client_answers(std::string_view plugin, const std::uint8_t* payload, std::size_t size) {
    const bytes_view data(payload, size);
    const result<auth_packet> kind = classify_auth_packet(data);
    if (!kind || *kind == auth_packet::ok || *kind == auth_packet::err) return false;
    if (plugin != caching_sha2_password) return true;
    // MySQL wraps the byte into AuthMoreData; a server that wraps only what would be misread (MariaDB) sends it bare.
    const bytes_view said = *kind == auth_packet::auth_more_data ? data.subspan(1) : data;
    return !(said.size() == 1 && said.front() == 0x03);
}

// Not sha256_password, whose first answer over TLS is the password itself; not client_ed25519, whose scramble has 32
// bytes where a greeting has 20.
std::string_view greeting_plugin(std::string_view clusters_default) {
    return clusters_default == caching_sha2_password ? caching_sha2_password : mysql_native_password;
}

}  // namespace portcullis::protocol
