// A stranger's text between double quotes, as JSON and logfmt readers take it; and the time as both logs write it.
// Pure text; nothing is written here.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace portcullis::observe {

/// Appends `text` in quotes. Control bytes and bytes that are no valid UTF-8 become \u00XX.
void append_quoted(std::string& out, std::string_view text);

/// RFC 3339 in UTC with milliseconds: "2026-01-31T23:59:59.123Z".
[[nodiscard]] std::string time_text(std::chrono::system_clock::time_point when);

}  // namespace portcullis::observe
