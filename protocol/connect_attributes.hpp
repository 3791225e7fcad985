// Connect attributes: the names and values with which a client describes itself, in a HandshakeResponse and in
// COM_CHANGE_USER. Which ones the gate adds is decided in proxy/session/gate_attributes.
// Source: MySQL Internals, "Protocol::HandshakeResponse41"; MySQL manual, "Performance Schema Connection Attribute
// Tables".
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace portcullis::protocol {

/// A block longer than this ends the login at MySQL and MariaDB ("impose an artificial length limit of 64k").
inline constexpr std::size_t max_connect_attributes = 65535;

/// Views into the block they were read from.
struct connect_attribute {
    std::string_view name;
    std::string_view value;
};

struct connect_attributes {
    std::vector<connect_attribute> entries;  ///< all, or those before the first broken one, as servers show them
    bool whole = true;                       ///< the block ends where an attribute ends
};

/// Reads a block: length-encoded names and values by turns, without the length in front of it.
[[nodiscard]] connect_attributes parse_connect_attributes(bytes_view block);

[[nodiscard]] bytes serialize_connect_attributes(std::span<const connect_attribute> attributes);

/// The value of the first attribute of this name.
[[nodiscard]] std::optional<std::string_view> find_connect_attribute(bytes_view block, std::string_view name);

/// `added`, then the client's own but those of a `reserved` name, as many as fit into max_connect_attributes. The
/// gate's come first because servers keep the first 512 bytes only (performance_schema_session_connect_attrs_size).
/// Names that somebody's comparison may take for a reserved one (case, trailing spaces and NULs) are reserved, too.
/// Precondition: `added` alone fits.
[[nodiscard]] bytes with_own_attributes(bytes_view client, std::span<const connect_attribute> added,
                                        std::span<const std::string_view> reserved);

}  // namespace portcullis::protocol
