// How a log line is spelled: every value escaped, so that no stranger's bytes can forge a line or a field.
// Pure text; proxy/observe/log writes it.
#include "proxy/observe/log.hpp"
#include "proxy/observe/quoted.hpp"

#include <array>

namespace portcullis::observe {
namespace {

std::string_view level_name(log_level level) {
    constexpr std::array<std::string_view, 4> names = {"debug", "info", "warning", "error"};
    return names[static_cast<std::size_t>(level)];
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
