// Version 2 of the PROXY protocol: a binary header of addresses and type-length-value records.
// Used by proxy/net/proxy_header alone.
#pragma once

#include "proxy/net/proxy_header.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace portcullis::net {

inline constexpr std::array<std::uint8_t, 12> proxy_v2_signature{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                                 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
inline constexpr std::size_t proxy_v2_fixed_size = 16;  ///< signature, version and command, family, length

/// The whole header's size, from its fixed part. None: unknown version or command, or too long.
[[nodiscard]] std::optional<std::size_t> proxy_v2_size(std::span<const std::uint8_t> fixed_part);

/// A whole header that begins with the signature.
[[nodiscard]] std::optional<proxy_header> parse_proxy_v2(std::span<const std::uint8_t> header);

}  // namespace portcullis::net
