// A storm: many connects as fast as they come, each served or not. What became of each is counted; none ends the storm.
// No load: a session that was let in does nothing.
#pragma once

#include "bench/gate/endpoint.hpp"
#include "bench/gate/histogram.hpp"

#include <atomic>
#include <map>
#include <string>

namespace portcullis::bench {

struct storm_plan {
    unsigned connects = 10000;
    unsigned at_once = 1000;  ///< under way at any time
    unsigned threads = 1;
    bool log_in = false;  ///< or silent: close behind the greeting, without having sent a byte
    std::chrono::seconds at_most{120};
};

struct storm_outcome {
    std::chrono::steady_clock::time_point began;
    std::chrono::steady_clock::time_point ended;
    std::uint64_t served = 0;                       ///< greeted; logged in
    std::map<std::string, std::uint64_t> refusals;  ///< how many, by what was said
    std::uint64_t unanswered = 0;                   ///< begun or not, when time was up
    std::uint64_t resumed = 0;                      ///< logins that resumed a TLS session
    histogram latency;                              ///< of those served

    void add(const storm_outcome& part);
};

/// Blocks until every connect was answered, time is up or `interrupted` became true.
[[nodiscard]] storm_outcome run_storm(const endpoint& to, const storm_plan& plan, const std::atomic<bool>& interrupted);

}  // namespace portcullis::bench
