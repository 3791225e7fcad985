// Version 1 of the PROXY protocol: one line of text.
// Used by proxy/net/proxy_header alone.
#pragma once

#include "proxy/net/proxy_header.hpp"

#include <optional>
#include <string_view>

namespace portcullis::net {

inline constexpr std::string_view proxy_v1_prefix = "PROXY ";

/// The fewest bytes still missing from a line that begins with the prefix; 0 once its CRLF is there. None: no v1 line
/// begins like this.
[[nodiscard]] std::optional<std::size_t> proxy_v1_missing(std::string_view so_far);

/// A whole line with its CRLF.
[[nodiscard]] std::optional<proxy_header> parse_proxy_v1(std::string_view line);

}  // namespace portcullis::net
