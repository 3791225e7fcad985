// The word a user probably meant.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace portcullis::config {

/// The candidate with the fewest slips (a letter too many, too few, wrong, or two swapped; case does not count), if
/// they are few for its length.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

}  // namespace portcullis::config
