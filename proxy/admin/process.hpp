// What the kernel counts of this process, from /proc/self: the metrics that every Prometheus client has.
#pragma once

#include <cstdint>

namespace portcullis::admin {

struct process_facts {
    double cpu_seconds = 0;
    double start_time = 0;  ///< seconds since 1970
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_fds = 0;
    std::uint64_t max_fds = 0;
    std::uint64_t threads = 0;
};

/// What cannot be read is 0.
[[nodiscard]] process_facts read_process();

}  // namespace portcullis::admin
