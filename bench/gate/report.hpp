// A measurement for people and for programs.
#pragma once

#include "bench/gate/load.hpp"

#include <string>

namespace portcullis::bench {

/// Several lines for a terminal.
[[nodiscard]] std::string in_words(const measurement& measured, const load_plan& plan);

/// One line of JSON; durations are in seconds or, where the name says so, in microseconds. Without cpu_seconds where
/// nobody was watched.
[[nodiscard]] std::string in_json(const measurement& measured);

}  // namespace portcullis::bench
