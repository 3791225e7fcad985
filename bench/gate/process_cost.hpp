// What processes cost the machine: CPU time and resident memory.
// Source: clock_getcpuclockid(3); proc(5), /proc/PID/status.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <sys/types.h>

namespace portcullis::bench {

/// CPU time, user and system, of all threads, those that ended included. 0 for a process that is gone.
[[nodiscard]] std::chrono::nanoseconds cpu_time_of(std::span<const pid_t> processes);

/// Resident memory in KiB.
[[nodiscard]] std::uint64_t resident_kib_of(std::span<const pid_t> processes);

}  // namespace portcullis::bench
