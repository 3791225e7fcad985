// The client's first packets: SSLRequest and HandshakeResponse41, read from clients and written to aggregators.
// Source: MySQL Internals, "Protocol::SSLRequest", "Protocol::HandshakeResponse41".
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/error.hpp"

namespace portcullis::protocol {

inline constexpr std::size_t ssl_request_size = 32;

struct ssl_request {
    capability_flags capabilities = 0;
    std::uint32_t max_packet_size = 0;
    std::uint8_t character_set = 0;
};

/// Views into the payload they were parsed from.
struct handshake_response {
    capability_flags capabilities = 0;  ///< MariaDB's extended bits included when LONG_PASSWORD is clear
    std::uint32_t max_packet_size = 0;
    std::uint8_t character_set = 0;
    bytes_view user;                ///< exactly the bytes before the first NUL
    bytes_view auth_response;       ///< secret
    bytes_view database;            ///< with CONNECT_WITH_DB
    bytes_view auth_plugin;         ///< with PLUGIN_AUTH
    bytes_view connect_attributes;  ///< the lenenc block's content, unread, with CONNECT_ATTRS
    std::uint8_t zstd_level = 0;
};

/// What a plaintext client's first packet is.
enum class first_packet { ssl_request, handshake_response };

/// Rule: SSLRequest = CLIENT_SSL and exactly 32 bytes. Errors: ssl_request_incomplete, ssl_request_without_flag,
/// truncated (under 32 bytes), unsupported_protocol (no PROTOCOL_41).
[[nodiscard]] result<first_packet> classify_first_packet(bytes_view payload);

[[nodiscard]] result<ssl_request> parse_ssl_request(bytes_view payload);

/// Reads a HandshakeResponse41. Inside TLS (`inside_tls`) a second SSLRequest is second_ssl_request. Tolerated as
/// servers do: a missing database or plugin name at the end, bytes behind the attributes. Errors: truncated,
/// missing_terminator, bad_length, unsupported_protocol, second_ssl_request, no_plugin_auth (nor SECURE_CONNECTION: a
/// client that knows only the hashes from before MySQL 4.1).
[[nodiscard]] result<handshake_response> parse_handshake_response(bytes_view payload, bool inside_tls);

[[nodiscard]] bytes serialize_ssl_request(const ssl_request& message);

/// The payload for an aggregator. Auth data is written length-encoded if PLUGIN_AUTH_LENENC_DATA is in
/// `message.capabilities`, with one length byte otherwise (precondition then: at most 255 bytes).
[[nodiscard]] bytes serialize_handshake_response(const handshake_response& message);

}  // namespace portcullis::protocol
