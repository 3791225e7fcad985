// A probe: an honest client that logs in, asks once and quits, every so often, however long the earlier ones take.
// Judges nothing: it says how long each took, and when.
#pragma once

#include "bench/gate/endpoint.hpp"

#include <atomic>
#include <string>
#include <vector>

namespace portcullis::bench {

struct probe_plan {
    std::chrono::milliseconds interval{100};
    std::chrono::milliseconds measured{2000};
};

struct probe_login {
    std::chrono::steady_clock::time_point began;  ///< when it was due
    std::chrono::nanoseconds took{};              ///< up to the answer to its query
    std::string failure;                          ///< in words; empty: none
};

/// Blocks until the time is over or `interrupted` became true, and those under way were answered; half a minute later
/// they count as failed.
[[nodiscard]] std::vector<probe_login> run_probe(const endpoint& to, const probe_plan& plan,
                                                 const std::atomic<bool>& interrupted);

}  // namespace portcullis::bench
