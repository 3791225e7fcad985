// Durations as the configuration spells them: "500ms", "10s", "8h", "1m30s".
// Spelling only; which values a key allows is its reader's.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::config {

/// Whole numbers with the units d, h, m, s, ms; each at most once and the larger first. None for anything else, for a
/// number without a unit, and for more than `longest_duration`.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

inline constexpr std::chrono::milliseconds longest_duration = std::chrono::hours(24 * 365);

}  // namespace portcullis::config
