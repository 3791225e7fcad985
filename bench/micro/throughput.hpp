// The counters of a benchmark that moves bytes.
// What the calling thread does between two moments is what counts, not what its peers do.
#pragma once

#include "bench/micro/loopback.hpp"

#include <benchmark/benchmark.h>

namespace portcullis::bench {

/// From its construction to report(): the CPU time of the calling thread.
class throughput {
public:
    /// Sets `cpu_s_per_GB` (CPU seconds for 10^9 bytes) and bytes_per_second.
    void report(benchmark::State& state, std::int64_t bytes) const {
        const double used = thread_cpu_seconds() - began_;
        state.counters["cpu_s_per_GB"] = used / static_cast<double>(bytes) * 1e9;
        state.SetBytesProcessed(bytes);
    }

private:
    double began_ = thread_cpu_seconds();
};

}  // namespace portcullis::bench
