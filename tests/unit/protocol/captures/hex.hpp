// Turns captured bytes, kept as hexadecimal text, into bytes.
// Knows no message.
#pragma once

#include "protocol/bytes.hpp"

#include <charconv>

namespace portcullis::protocol::captures {

inline bytes from_hex(std::string_view text) {
    bytes out(text.size() / 2);
    for (std::size_t i = 0; i < out.size(); ++i) std::from_chars(&text[2 * i], &text[2 * i] + 2, out[i], 16);
    return out;
}

}  // namespace portcullis::protocol::captures
