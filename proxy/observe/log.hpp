// The operational log: one line per event, as logfmt or JSON, with values escaped.
// Knows no secrets and asks for none; what a session's line says is decided in proxy/session.
#pragma once

#include "proxy/config/config.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::observe {

using config::log_level;

/// One key and its value. Values may come from strangers: control bytes, quotes and invalid UTF-8 are escaped.
struct field {
    std::string_view key;
    std::string value;
};

/// Opens the log. Returns the reason in words if the file cannot be written, empty otherwise. Before it is called, and
/// after a failure, lines go to standard error as logfmt.
[[nodiscard]] std::string open_log(const config::log& settings);

void log(log_level level, std::string_view message, std::span<const field> fields = {});
inline void log(log_level level, std::string_view message, std::initializer_list<field> fields) {
    log(level, message, std::span<const field>(fields.begin(), fields.size()));
}
[[nodiscard]] bool log_enabled(log_level level);
void flush_log();

/// The line without time and level: pure, for tests. `text` is one of the two formats.
[[nodiscard]] std::string format_line(config::log_format format, std::string_view time, log_level level,
                                      std::string_view message, std::span<const field> fields);

}  // namespace portcullis::observe
