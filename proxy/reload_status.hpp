// What became of the attempts to change the configuration of a running gate.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::proxy {

/// Who wanted it.
enum class reload_cause { signal, administration, files_changed };

[[nodiscard]] constexpr std::string_view to_string(reload_cause cause) {
    switch (cause) {
        case reload_cause::signal:
            return "signal";
        case reload_cause::administration:
            return "administration";
        case reload_cause::files_changed:
            return "files changed";
    }
    return "unknown";
}

/// What was in the way of an attempt; of several the first. A closed list, as metrics name it: the problems' own words
/// name files and accounts.
enum class obstacle { configuration, certificates, log, audit, listener, draining, internal };

inline constexpr std::array obstacles{obstacle::configuration, obstacle::certificates, obstacle::log,
                                      obstacle::audit,         obstacle::listener,     obstacle::draining,
                                      obstacle::internal};

[[nodiscard]] constexpr std::string_view to_string(obstacle what) {
    constexpr std::array<std::string_view, obstacles.size()> words{"configuration", "certificates", "log",     "audit",
                                                                   "listener",      "draining",     "internal"};
    return words.at(static_cast<std::size_t>(what));
}

/// One attempt.
struct reload_outcome {
    bool reloaded = false;
    std::optional<obstacle> obstacle_met;
    std::vector<std::string> problems;  ///< why not: every reason
    std::vector<std::string> remarks;   ///< warnings, and what takes effect at the next start only

    void refuse(obstacle what, std::string why) {
        if (!obstacle_met) obstacle_met = what;
        problems.push_back(std::move(why));
    }
};

struct reload_status {
    using time = std::chrono::system_clock::time_point;
    std::uint64_t attempts = 0;
    std::array<std::uint64_t, obstacles.size()> failures{};  ///< by what was in the way
    time last_attempt{};                                     ///< the start of the gate, before the first
    time last_success{};                                     ///< likewise
    reload_outcome last{true, {}, {}, {}};
};

}  // namespace portcullis::proxy
