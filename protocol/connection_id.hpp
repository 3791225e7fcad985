// The connection ids the gate gives out: 01 iiiiiii nnnnnnnnnnnnnnnnnnnnnnn in binary (7 bits instance, 23 bits
// counter). Positive as a signed 32-bit number, as some drivers read it; far above the ids aggregators count up from 1.
#pragma once

#include <cstdint>

namespace portcullis::protocol {

inline constexpr std::uint32_t connection_counter_mask = (1U << 23) - 1;

inline constexpr std::uint32_t first_gate_connection_id = 1U << 30;

/// Precondition: instance is 0..127. The counter wraps at 23 bits.
[[nodiscard]] constexpr std::uint32_t make_connection_id(std::uint32_t instance, std::uint32_t counter) {
    return first_gate_connection_id | ((instance & 0x7fU) << 23) | (counter & connection_counter_mask);
}

/// True for an id some gate gave out (whichever instance).
[[nodiscard]] constexpr bool is_gate_connection_id(std::uint64_t id) {
    return (id >> 30) == 1;
}

[[nodiscard]] constexpr std::uint32_t instance_of(std::uint32_t id) {
    return (id >> 23) & 0x7fU;
}

}  // namespace portcullis::protocol
