// User names as servers read them: they take quotes off, convert to UTF-8 and cut. The rules must decide about the
// account that the aggregator will look up (security rule 8). Knows no rules.
// Seen on MariaDB 10.11, MySQL 9.7.4 and MySQL 5.6.24.
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/capabilities.hpp"

namespace portcullis::protocol {

/// The name in a HandshakeResponse that `sent` means: one pair of single quotes around it does not count.
/// A COM_CHANGE_USER's quotes do.
[[nodiscard]] std::string_view without_quotes(std::string_view sent);

/// The field of a HandshakeResponse that means `name`: without_quotes(in_handshake_response(name)) == name.
[[nodiscard]] std::string in_handshake_response(std::string_view name);

/// Whether aggregators look up exactly these bytes. They do not if the name, in the client's character set (a collation
/// id), is not the same in UTF-8; if it has no UTF-8 of at most three bytes a character, for which they put '?'; or if
/// it is longer than any account's name, for they cut it. `offered` tells MariaDB's length, 128 characters, from
/// MySQL's 96 bytes. An id that a server does not know counts as what it means to others.
[[nodiscard]] bool is_looked_up_unchanged(std::string_view name, std::uint16_t character_set, capability_flags offered);

}  // namespace portcullis::protocol
