// Paths of unix sockets: as addresses, and whether somebody listens there.
#pragma once

#include "proxy/net/socket_address.hpp"

#include <optional>
#include <string>

namespace portcullis::net {

/// Nothing: the path is longer than 107 bytes.
[[nodiscard]] std::optional<socket_address> unix_address(const std::string& path);

/// Connects to find out. True also if it cannot be told.
[[nodiscard]] bool is_live_unix_socket(const std::string& path);

}  // namespace portcullis::net
