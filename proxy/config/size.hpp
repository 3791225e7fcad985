// Sizes as the configuration spells them: "512B", "64KiB", "100MiB", "1GiB".
// Spelling only; which values a key allows is its reader's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::config {

/// Bytes: a whole number and one of the units B, KiB, MiB, GiB. None for anything else, and from 1024 GiB on.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// With the largest unit that leaves a whole number.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace portcullis::config
