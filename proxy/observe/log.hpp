// The operational log: one line per event, as logfmt or JSON, with values escaped.
// Knows no secrets and asks for none; what a session's line says is decided in proxy/session.
#pragma once

#include "proxy/config/config.hpp"

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace spdlog::sinks {
class sink;
}

namespace portcullis::observe {

using config::log_level;

/// One key and its value. Values may come from strangers: control bytes, quotes and invalid UTF-8 are escaped.
struct field {
    std::string_view key;
    std::string value;
};

/// A log that is open, but not in use yet.
class opened_log {
public:
    /// From now on lines go there. From any thread.
    void use() &&;

private:
    friend opened_log open_log(const config::log& settings, std::string& problem);
    std::shared_ptr<spdlog::sinks::sink> sink_;  ///< null: it could not be opened
    log_level level_ = log_level::info;
    config::log_format format_ = config::log_format::logfmt;
};

/// Opens the file (anew, where it is open already: a rotated one is let go of). `problem` is the reason in words if it
/// cannot be written, else empty. Until a log is used lines go to standard error as logfmt.
[[nodiscard]] opened_log open_log(const config::log& settings, std::string& problem);

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
