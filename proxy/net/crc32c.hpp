// CRC32c (Castagnoli), as the PROXY protocol's PP2_TYPE_CRC32C uses it.
// Bit by bit: the input is a header of a few dozen bytes, once per connection.
#pragma once

#include <cstdint>
#include <span>

namespace portcullis::net {

[[nodiscard]] constexpr std::uint32_t crc32c(std::span<const std::uint8_t> bytes) {
    constexpr std::uint32_t reflected_polynomial = 0x82f63b78;
    std::uint32_t crc = 0xffffffff;
    for (const auto byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? reflected_polynomial : 0U);
    }
    return ~crc;
}

}  // namespace portcullis::net
