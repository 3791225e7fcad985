// How a log line is spelled: every value escaped, so that no stranger's bytes can forge a line or a field.
// Pure text; proxy/observe/log writes it.
#include "proxy/observe/log.hpp"

#include <array>

namespace portcullis::observe {
namespace {

std::string_view level_name(log_level level) {
    constexpr std::array<std::string_view, 4> names = {"debug", "info", "warning", "error"};
    return names[static_cast<std::size_t>(level)];
}

/// The length of the valid UTF-8 sequence at `at`, 0 if there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at);
    if (first < 0x80) return 1;
    std::size_t size = 0;
    if (first >= 0xc2 && first <= 0xdf) size = 2;
    if (first >= 0xe0 && first <= 0xef) size = 3;
    if (first >= 0xf0 && first <= 0xf4) size = 4;
    if (size == 0 || at + size > text.size()) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(at + i) & 0xc0) != 0x80) return 0;
    const unsigned char second = byte(at + 1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second > 0x9f;
    const bool beyond = first == 0xf4 && second > 0x8f;
    return overlong || surrogate || beyond ? 0 : size;
}

void append_hex(std::string& out, std::string_view prefix, unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += prefix;
    out += digits[byte >> 4U];
    out += digits[byte & 0xfU];
}

/// Between double quotes. Control and invalid bytes become \u00XX, which both JSON and logfmt readers take.
void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        const auto size = utf8_length(text, i);
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += text[i];
        } else if (size == 0 || byte < 0x20 || byte == 0x7f) {
            append_hex(out, "\\u00", byte);
        } else {
            out.append(text, i, size);
        }
        i += size == 0 ? 1 : size;
    }
    out += '"';
}

bool is_plain(std::string_view text) {
    if (text.empty()) return false;
    for (const char c : text)
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == '\x7f') return false;
    return true;
}

void append_logfmt(std::string& out, std::string_view key, std::string_view value) {
    if (!out.empty()) out += ' ';
    out += key;
    out += '=';
    if (is_plain(value))
        out += value;
    else
        append_quoted(out, value);
}

void append_json(std::string& out, std::string_view key, std::string_view value) {
    out += out.empty() ? '{' : ',';
    append_quoted(out, key);
    out += ':';
    append_quoted(out, value);
}

}  // namespace

std::string format_line(config::log_format format, std::string_view time, log_level level, std::string_view message,
                        std::span<const field> fields) {
    const auto append = format == config::log_format::json ? append_json : append_logfmt;
    std::string out;
    append(out, "time", time);
    append(out, "level", level_name(level));
    append(out, "msg", message);
    for (const auto& each : fields) append(out, each.key, each.value);
    if (format == config::log_format::json) out += '}';
    return out;
}

}  // namespace portcullis::observe
