#include "protocol/packet.hpp"

namespace portcullis::protocol {

packet_header parse_packet_header(std::span<const std::uint8_t, packet_header_size> wire) {
    const std::uint32_t length = wire[0] | std::uint32_t{wire[1]} << 8 | std::uint32_t{wire[2]} << 16;
    return {length, wire[3]};
}

void append_packet(bytes& out, std::uint8_t sequence_id, bytes_view payload) {
    const std::size_t length = payload.size();
    out.reserve(out.size() + packet_header_size + length);
    out.push_back(static_cast<std::uint8_t>(length));
    out.push_back(static_cast<std::uint8_t>(length >> 8));
    out.push_back(static_cast<std::uint8_t>(length >> 16));
    out.push_back(sequence_id);
    out.insert(out.end(), payload.begin(), payload.end());
}

}  // namespace portcullis::protocol
