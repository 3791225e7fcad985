// The server's first packet (Protocol::HandshakeV10), read from aggregators and written to clients.
// Source: MySQL Internals, "Protocol::HandshakeV10"; MariaDB knowledge base, "Initial Handshake Packet" (extended
// bits).
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/error.hpp"

namespace portcullis::protocol {

struct greeting {
    std::string server_version;
    std::uint32_t connection_id = 0;
    bytes scramble;  ///< 20 bytes (8 with servers before 4.1.1), without the trailing NUL
    capability_flags capabilities = 0;
    std::uint8_t character_set = 0;
    std::uint16_t status_flags = 0;
    std::string auth_plugin;  ///< empty where PLUGIN_AUTH is not offered

    bool operator==(const greeting&) const = default;
};

/// Reads a payload that begins with 0x0a. MariaDB's extended capabilities (filler bytes, when CLIENT_LONG_PASSWORD is
/// clear) are in the upper 32 bits. Errors: truncated, missing_terminator, unsupported_protocol (protocol 9 or a server
/// without PROTOCOL_41), not_a_greeting.
[[nodiscard]] result<greeting> parse_greeting(bytes_view payload);

/// The payload, as MySQL and MariaDB write it. Precondition: scramble has 20 bytes.
[[nodiscard]] bytes serialize_greeting(const greeting& message);

}  // namespace portcullis::protocol
