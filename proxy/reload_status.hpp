// What became of the attempts to change the configuration of a running gate.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
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

/// One attempt.
struct reload_outcome {
    bool reloaded = false;
    std::vector<std::string> problems;  ///< why not: every reason
    std::vector<std::string> remarks;   ///< warnings, and what takes effect at the next start only
};

struct reload_status {
    using time = std::chrono::system_clock::time_point;
    std::uint64_t attempts = 0;
    std::uint64_t failures = 0;
    time last_attempt{};  ///< the start of the gate, before the first
    time last_success{};  ///< likewise
    reload_outcome last{true, {}, {}};
};

}  // namespace portcullis::proxy
