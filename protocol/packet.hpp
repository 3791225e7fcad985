// The frame of every message: three bytes of payload length, one of sequence id.
// Source: MySQL Internals, "MySQL Packets". Does not look into payloads.
#pragma once

#include "protocol/bytes.hpp"

namespace portcullis::protocol {

inline constexpr std::size_t packet_header_size = 4;
inline constexpr std::uint32_t max_payload = 0xffffff;           ///< 16 MiB - 1: a payload this long is continued
inline constexpr std::uint32_t max_login_payload = 1024 * 1024;  ///< what is read of anybody before OK

struct packet_header {
    std::uint32_t length = 0;  ///< bytes of payload, 0..max_payload
    std::uint8_t sequence_id = 0;
};

[[nodiscard]] packet_header parse_packet_header(std::span<const std::uint8_t, packet_header_size> wire);

/// Appends header and payload. Precondition: payload.size() < max_payload.
void append_packet(bytes& out, std::uint8_t sequence_id, bytes_view payload);

}  // namespace portcullis::protocol
