#include "protocol/packet_boundary.hpp"

#include <algorithm>

namespace portcullis::protocol {

void packet_boundary::feed(bytes_view chunk) {
    while (!chunk.empty()) {
        if (remaining_ > 0) {
            const std::size_t skipped = std::min<std::size_t>(remaining_, chunk.size());
            remaining_ -= static_cast<std::uint32_t>(skipped);
            chunk = chunk.subspan(skipped);
            continue;
        }
        if (header_size_ < 3) length_ |= static_cast<std::uint32_t>(chunk.front()) << (8U * header_size_);
        chunk = chunk.subspan(1);
        if (++header_size_ < packet_header_size) continue;
        continues_ = length_ == max_payload;
        remaining_ = length_;
        length_ = 0;
        header_size_ = 0;
    }
}

}  // namespace portcullis::protocol
