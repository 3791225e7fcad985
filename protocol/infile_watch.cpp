#include "protocol/infile_watch.hpp"

#include <algorithm>

namespace portcullis::protocol {

infile_request infile_watch::requested() const {
    const bool asked = walker_.at_boundary() && kept_size_ == 0 && last_first_byte_ == 0xfb;
    return asked ? infile_request{messages_, last_sequence_id_} : infile_request{};
}

void infile_watch::feed(bytes_view chunk) {
    // A packet start that the last chunk cut is completed byte by byte: there are at most four.
    while (kept_size_ > 0 && !chunk.empty()) {
        std::array<std::uint8_t, packet_header_size + 1> start = kept_;
        start[kept_size_] = chunk.front();
        chunk = chunk.subspan(1);
        examine(bytes_view(start).first(kept_size_ + 1));
    }
    examine(chunk);
}

void infile_watch::examine(bytes_view chunk) {
    std::size_t position = 0;
    packet_start found;
    packet_walker::step step = walker_.next(chunk, position, found);
    for (; step == packet_walker::step::start; step = walker_.next(chunk, position, found)) {
        last_sequence_id_ = found.sequence_id;
        if (found.continuation) continue;
        ++messages_;
        last_first_byte_ = found.first_byte;
    }
    const bytes_view incomplete = step == packet_walker::step::need_more ? chunk.subspan(position) : bytes_view();
    std::copy(incomplete.begin(), incomplete.end(), kept_.begin());
    kept_size_ = incomplete.size();
}

}  // namespace portcullis::protocol
