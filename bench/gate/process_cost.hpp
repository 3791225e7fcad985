// What processes cost the machine, from /proc: CPU time and resident memory.
// Source: proc(5), /proc/PID/stat, /proc/PID/task/TID/schedstat, /proc/PID/status.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <sys/types.h>

namespace portcullis::bench {

/// CPU time, user and system, of all threads that live. 0 for a process that is gone.
[[nodiscard]] std::chrono::nanoseconds cpu_time_of(std::span<const pid_t> processes);

/// Resident memory in KiB.
[[nodiscard]] std::uint64_t resident_kib_of(std::span<const pid_t> processes);

}  // namespace portcullis::bench
