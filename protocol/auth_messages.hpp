// What passes between HandshakeResponse and OK: AuthSwitchRequest, AuthMoreData, OK, ERR.
// Source: MySQL Internals, "Connection Phase", "Protocol::AuthSwitchRequest", "Protocol::AuthMoreData".
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

namespace portcullis::protocol {

/// A server's packet during authentication, by its first byte. `plugin_data` is anything else: MariaDB's dialog plugin
/// sends its prompts bare.
enum class auth_packet { ok, err, auth_switch_request, auth_more_data, local_infile, plugin_data };

/// Errors: truncated (an empty payload).
[[nodiscard]] result<auth_packet> classify_auth_packet(bytes_view payload);

struct auth_switch_request {
    std::string_view plugin;
    bytes_view data;  ///< the scramble as sent, its trailing NUL included
};

/// Errors: truncated, missing_terminator, unexpected_message (the one-byte "old auth switch" of servers before 4.1).
[[nodiscard]] result<auth_switch_request> parse_auth_switch_request(bytes_view payload);
[[nodiscard]] bytes serialize_auth_switch_request(const auth_switch_request& message);

}  // namespace portcullis::protocol
