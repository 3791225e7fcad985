#include "certs/printable.hpp"

#include <algorithm>
#include <array>

namespace portcullis::certs {
namespace {

constexpr std::string_view shell_safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";

struct character {
    char32_t code = 0;
    std::size_t length = 0;  ///< 0: not well-formed
};

/// RFC 3629: shortest form only, no surrogates, nothing above U+10FFFF.
character decode_utf8(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    if (text.empty()) return {};
    const unsigned first = byte(0);
    if (first < 0x80) return {first, 1};
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
    char32_t code = first & (0x7FU >> length);
    for (std::size_t index = 1; index < length; ++index) {
        if ((byte(index) & 0xC0U) != 0x80) return {};
        code = (code << 6U) | (byte(index) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
    if (code < smallest[length] || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
    return {code, length};
}

bool is_printable(char32_t code) {
    if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return false;
    const bool invisible = (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
                           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
    return !invisible;
}

}  // namespace

std::size_t printable_prefix(std::string_view text) {
    const auto next = decode_utf8(text);
    return next.length != 0 && is_printable(next.code) ? next.length : 0;
}

std::string escaped_byte(char byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto value = static_cast<unsigned char>(byte);
    return {'\\', 'x', digits[value >> 4U], digits[value & 0xFU]};
}

std::string printable(std::string_view text) {
    std::string safe;
    while (!text.empty()) {
        const auto length = printable_prefix(text);
        if (length == 0)
            safe += escaped_byte(text.front());
        else
            safe += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return safe;
}

std::string shell_word(const std::filesystem::path& file) {
    const std::string& text = file.native();
    if (!text.empty() && text.find_first_not_of(shell_safe) == std::string::npos) return text;
    std::string quoted = "'";
    for (const char each : text) {
        if (each == '\'')
            quoted += "'\\''";
        else
            quoted += each;
    }
    return printable(quoted + "'");
}

}  // namespace portcullis::certs
