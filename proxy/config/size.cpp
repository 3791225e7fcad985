#include "proxy/config/size.hpp"

#include <array>
#include <charconv>

namespace portcullis::config {
namespace {

constexpr std::array<std::string_view, 4> units = {"B", "KiB", "MiB", "GiB"};
constexpr std::uint64_t step = 1024;
constexpr std::uint64_t largest = step * step * step * step;

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    for (const auto unit : units) {
        if (bytes >= largest) return std::nullopt;
        if (text == unit) return bytes;
        bytes *= step;
    }
    return std::nullopt;
}

std::string size_text(std::uint64_t bytes) {
    std::size_t unit = 0;
    for (; unit + 1 < units.size() && bytes != 0 && bytes % step == 0; ++unit) bytes /= step;
    return std::to_string(bytes) + std::string(units[unit]);
}

}  // namespace portcullis::config
