// Command bytes and the one command the gate reads whole: COM_CHANGE_USER.
// Source: MySQL Internals, "Command Phase", "COM_CHANGE_USER".
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/error.hpp"

namespace portcullis::protocol {

enum class command : std::uint8_t {
    sleep = 0x00,
    quit = 0x01,
    init_db = 0x02,
    query = 0x03,
    field_list = 0x04,
    process_info = 0x0a,
    process_kill = 0x0c,
    ping = 0x0e,
    change_user = 0x11,
    binlog_dump = 0x12,
    stmt_prepare = 0x16,
    stmt_execute = 0x17,
    stmt_send_long_data = 0x18,
    stmt_close = 0x19,
    stmt_fetch = 0x1c,
    binlog_dump_gtid = 0x1e,
    reset_connection = 0x1f,
    semi_sync_ack = 0xef,      ///< no command: what a replica sends between the events of a dump
    stmt_bulk_execute = 0xfa,  ///< MariaDB's
};

/// Views into the payload they were parsed from.
struct change_user {
    bytes_view user;
    bytes_view auth_response;  ///< secret
    bytes_view database;
    std::uint16_t character_set = 0;  ///< 0 where the packet ends before it
    bytes_view auth_plugin;
    bytes_view connect_attributes;  ///< the lenenc block's content, unread
};

/// Reads a whole COM_CHANGE_USER payload, command byte included, for a client that negotiated `capabilities`.
/// Errors: truncated, missing_terminator, bad_length, unexpected_message.
[[nodiscard]] result<change_user> parse_change_user(bytes_view payload, capability_flags capabilities);

/// The payload, command byte included, with every field `capabilities` allows.
/// Precondition: auth_response has at most 255 bytes.
[[nodiscard]] bytes serialize_change_user(const change_user& message, capability_flags capabilities);

}  // namespace portcullis::protocol
