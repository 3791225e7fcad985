// What the gate knows of authentication plugins: which may run over which legs.
// Knows no password and computes no hash.
#pragma once

#include "protocol/capabilities.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis::protocol {

inline constexpr std::string_view mysql_native_password = "mysql_native_password";
inline constexpr std::string_view caching_sha2_password = "caching_sha2_password";
inline constexpr std::string_view sha256_password = "sha256_password";

/// The plugin named in the HandshakeResponse to an aggregator. No account has it, so the aggregator must answer with
/// AuthSwitchRequest, which carries its own scramble and the account's real plugin.
inline constexpr std::string_view forced_switch_plugin = "portcullis_forces_a_switch";

/// On which legs of a session a password may be read: those with TLS, and unix sockets, as servers see it.
struct legs {
    bool client_secure = false;
    bool aggregator_secure = false;
};

enum class plugin_verdict {
    relay,                 ///< its messages may pass
    client_needs_tls,      ///< the client's leg is not secure and the plugin could carry a readable password
    aggregator_needs_tls,  ///< the aggregator's leg is
};

/// mysql_native_password and client_ed25519 prove a password without showing it, caching_sha2_password and
/// sha256_password hide it with RSA where it could be read: any legs. Every other plugin, known or not, may send it
/// readable: both legs must be secure. Security rule 14.
[[nodiscard]] plugin_verdict may_relay(std::string_view plugin, legs between);

/// caching_sha2_password and sha256_password: the plugins that hide a password with RSA on a leg that is not secure.
[[nodiscard]] bool hides_with_rsa(std::string_view plugin);

/// Whether the client can be sent an AuthSwitchRequest to this plugin. A client without CLIENT_PLUGIN_AUTH promises
/// nothing; but npm's mysql never sets it and reads the packet all the same, for the one plugin that such clients know.
[[nodiscard]] bool can_be_switched_to(std::string_view plugin, capability_flags client);

/// Whether the client answers this server packet, or the server speaks on by itself. caching_sha2_password's
/// AuthMoreData 03 (fast authentication succeeded) is followed by OK without an answer.
[[nodiscard]] bool client_answers(std::string_view plugin, const std::uint8_t* payload, std::size_t size);

/// The plugin the gate's greeting may name: the cluster's own if it shows no readable password in the first answer,
/// mysql_native_password otherwise.
[[nodiscard]] std::string_view greeting_plugin(std::string_view clusters_default);

}  // namespace portcullis::protocol
