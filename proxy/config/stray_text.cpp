#include "proxy/config/stray_text.hpp"

#include <algorithm>

namespace portcullis::config {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The length of the string that begins `rest`, quotes included; for one that does not end, up to where it should have.
std::size_t length_of_string(std::string_view rest, std::string_view quotes) {
    const bool escapes = quotes[0] == '"';
    const bool one_line = quotes.size() == 1;
    for (auto i = quotes.size(); i < rest.size(); ++i) {
        if (one_line && rest[i] == '\n') return i;
        if (rest.substr(i).starts_with(quotes)) return i + quotes.size();
        if (escapes && rest[i] == '\\') ++i;
    }
    return rest.size();
}

/// What begins `rest`: a comment, a string, or a single character. `may_be_foreign`: not ASCII is fine in it.
struct piece {
    std::size_t length = 1;
    bool may_be_foreign = false;
};
piece piece_of(std::string_view rest) {
    if (rest[0] == '#') return {std::min(rest.find('\n'), rest.size()), true};
    if (rest.starts_with("\"\"\"") || rest.starts_with("'''"))
        return {length_of_string(rest, rest.substr(0, 3)), false};
    if (rest[0] == '"' || rest[0] == '\'') return {length_of_string(rest, rest.substr(0, 1)), true};
    return {};
}

}  // namespace

std::optional<unsigned> line_of_stray_text(std::string_view toml) {
    unsigned line = 1;
    for (std::size_t at = toml.starts_with(byte_order_mark) ? byte_order_mark.size() : 0; at < toml.size();) {
        const auto [length, may_be_foreign] = piece_of(toml.substr(at));
        const auto text = toml.substr(at, length);
        if (!may_be_foreign && !is_ascii(text)) {
            const auto* stray = std::find_if(text.begin(), text.end(), [](char c) { return !is_ascii({&c, 1}); });
            return line + static_cast<unsigned>(std::count(text.begin(), stray, '\n'));
        }
        line += static_cast<unsigned>(std::count(text.begin(), text.end(), '\n'));
        at += text.size();
    }
    return std::nullopt;
}

}  // namespace portcullis::config
