// A measurement for people and for programs.
#pragma once

#include "bench/gate/load.hpp"
#include "bench/gate/probe.hpp"
#include "bench/gate/storm.hpp"

#include <string>

namespace portcullis::bench {

/// Several lines for a terminal.
[[nodiscard]] std::string in_words(const measurement& measured, const load_plan& plan);

/// One line of JSON; durations are in seconds or, where the name says so, in microseconds. Without cpu_seconds where
/// nobody was watched.
[[nodiscard]] std::string in_json(const measurement& measured);

[[nodiscard]] std::string in_words(const storm_outcome& storm);
[[nodiscard]] std::string in_words(const std::vector<probe_login>& logins);

/// One line of JSON. Points of time are seconds of CLOCK_MONOTONIC, which all processes of a machine share.
[[nodiscard]] std::string in_json(const storm_outcome& storm);
[[nodiscard]] std::string in_json(const std::vector<probe_login>& logins);

}  // namespace portcullis::bench
