#include "protocol/reader.hpp"

#include <algorithm>

namespace portcullis::protocol {

void reader::fail(errc code) {
    if (!error_) error_ = code;
    rest_ = {};
}

bytes_view reader::fixed(std::size_t size) {
    if (size > rest_.size()) {
        fail(errc::truncated);
        return {};
    }
    const bytes_view taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
}

std::uint64_t reader::integer(std::size_t size) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const std::uint8_t byte : fixed(size)) {
        value |= std::uint64_t{byte} << shift;
        shift += 8;
    }
    return value;
}

std::uint64_t reader::lenenc_int() {
    const std::uint8_t first = int1();
    if (first < 0xfb) return first;
    if (first == 0xfb || first == 0xff) {  // NULL and ERR: no lengths
        fail(errc::bad_length);
        return 0;
    }
    const std::size_t size = first == 0xfc ? 2 : first == 0xfd ? 3 : 8;
    if (size > rest_.size()) fail(errc::bad_length);
    return integer(size);
}

bytes_view reader::counted(std::uint64_t size) {
    if (size > rest_.size()) {
        fail(errc::bad_length);
        return {};
    }
    return fixed(static_cast<std::size_t>(size));
}

bytes_view reader::int1_string() {
    return counted(int1());
}

bytes_view reader::lenenc_string() {
    return counted(lenenc_int());
}

bytes_view reader::nul_string() {
    const auto end = std::find(rest_.begin(), rest_.end(), std::uint8_t{0});
    if (end == rest_.end()) {
        fail(errc::missing_terminator);
        return {};
    }
    const bytes_view text = fixed(static_cast<std::size_t>(end - rest_.begin()));
    skip(1);
    return text;
}

bytes_view reader::nul_string_or_rest() {
    const bool terminated = std::find(rest_.begin(), rest_.end(), std::uint8_t{0}) != rest_.end();
    return terminated ? nul_string() : rest();
}

bytes_view reader::rest() {
    return fixed(rest_.size());
}

}  // namespace portcullis::protocol
