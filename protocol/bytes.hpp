// Views of wire bytes: the one spelling of "some bytes" in this room.
// Owns nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::protocol {

using bytes_view = std::span<const std::uint8_t>;
using bytes = std::vector<std::uint8_t>;

[[nodiscard]] inline std::string_view as_text(bytes_view view) {
    return {reinterpret_cast<const char*>(view.data()), view.size()};
}
[[nodiscard]] inline bytes_view as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace portcullis::protocol
