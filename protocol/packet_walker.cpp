#include "protocol/packet_walker.hpp"

#include <algorithm>

namespace portcullis::protocol {

packet_walker::step packet_walker::next(bytes_view chunk, std::size_t& position, packet_start& found) {
    const std::size_t skipped = std::min<std::size_t>(remaining_, chunk.size() - position);
    remaining_ -= static_cast<std::uint32_t>(skipped);
    position += skipped;
    const bytes_view rest = chunk.subspan(position);
    if (rest.empty()) return step::end;
    if (rest.size() < packet_header_size) return step::need_more;
    const packet_header header = parse_packet_header(rest.first<packet_header_size>());
    const bool has_first_byte = header.length > 0 && !continues_;
    if (has_first_byte && rest.size() == packet_header_size) return step::need_more;
    found.offset = position;
    found.length = header.length;
    found.sequence_id = header.sequence_id;
    found.continuation = continues_;
    found.first_byte = has_first_byte ? rest[packet_header_size] : std::uint8_t{0};
    position += packet_header_size;
    remaining_ = header.length;
    continues_ = header.length == max_payload;
    return step::start;
}

}  // namespace portcullis::protocol
