// Bytes that nobody chose, and the same in every run.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace portcullis::certs::test {

inline std::vector<std::uint8_t> random_bytes(std::mt19937& numbers, std::size_t size) {
    std::vector<std::uint8_t> out(size);
    for (auto& each : out) each = static_cast<std::uint8_t>(numbers());
    return out;
}

}  // namespace portcullis::certs::test
