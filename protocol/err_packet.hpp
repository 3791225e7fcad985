// ERR packets, read and written. Source: MySQL Internals, "ERR_Packet".
// Which error a client reads is decided in proxy/session/refusal.
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

namespace portcullis::protocol {

struct err_packet {
    std::uint16_t code = 0;
    std::string_view
        sql_state;  ///< five characters, empty where the packet has none (before the handshake, old servers)
    std::string_view message;
};

/// Reads a payload that begins with 0xff, with or without '#' and SQLSTATE. Errors: truncated, unexpected_message.
[[nodiscard]] result<err_packet> parse_err_packet(bytes_view payload);

/// For logs and reports: "ERR 1045 Access denied for user ...".
[[nodiscard]] std::string in_words(const err_packet& message);

/// With SQLSTATE unless `sql_state` is empty. The message is cut at 512 bytes, as servers do.
[[nodiscard]] bytes serialize_err_packet(const err_packet& message);

}  // namespace portcullis::protocol
