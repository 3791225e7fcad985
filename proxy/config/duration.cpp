#include "proxy/config/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace portcullis::config {
namespace {

struct unit {
    std::string_view name;
    std::int64_t milliseconds;
};
constexpr std::array units{unit{"d", 86'400'000}, unit{"h", 3'600'000}, unit{"m", 60'000}, unit{"s", 1'000},
                           unit{"ms", 1}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    constexpr auto longest = longest_duration.count();
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        std::uint32_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const auto name = text.substr(0, text.find_first_of("0123456789"));
        while (next_unit < units.size() && units[next_unit].name != name) ++next_unit;
        if (next_unit == units.size()) return std::nullopt;
        const auto in_milliseconds = units[next_unit++].milliseconds;
        if (number > longest / in_milliseconds) return std::nullopt;
        total += number * in_milliseconds;
        text.remove_prefix(name.size());
    }
    if (total > longest) return std::nullopt;
    return std::chrono::milliseconds(total);
}

}  // namespace portcullis::config
