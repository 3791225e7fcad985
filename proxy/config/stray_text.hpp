// Finds characters that TOML allows nowhere, before its library sees them.
// Knows comments and strings, and no more of TOML.
#pragma once

#include <optional>
#include <string_view>

namespace portcullis::config {

/// The line of the first byte above 0x7f that stands neither in a comment nor in a string of one line. TOML allows
/// such bytes there and in strings of several lines; the latter are refused as well, because no value here needs them
/// and version 3.3 of the library runs into undefined behaviour over them ("\", line end, U+00E9).
[[nodiscard]] std::optional<unsigned> line_of_stray_text(std::string_view toml);

}  // namespace portcullis::config
