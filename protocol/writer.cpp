#include "protocol/writer.hpp"

#include <algorithm>

namespace portcullis::protocol {

void writer::integer(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void writer::nul_string(bytes_view text) {
    out_.insert(out_.end(), text.begin(), std::find(text.begin(), text.end(), std::uint8_t{0}));
    int1(0);
}

void writer::int1_string(bytes_view data) {
    const bytes_view written = data.first(std::min<std::size_t>(data.size(), 0xff));
    int1(static_cast<std::uint8_t>(written.size()));
    raw(written);
}

void writer::lenenc_string(bytes_view data) {
    const std::uint64_t size = data.size();
    if (size < 0xfb) {
        integer(size, 1);
    } else if (size <= 0xffff) {
        int1(0xfc);
        integer(size, 2);
    } else if (size <= 0xffffff) {
        int1(0xfd);
        integer(size, 3);
    } else {
        int1(0xfe);
        integer(size, 8);
    }
    raw(data);
}

}  // namespace portcullis::protocol
