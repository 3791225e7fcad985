// Latencies in a log-linear histogram, as HdrHistogram keeps them: constant memory, under 1 % relative error.
// Source: http://hdrhistogram.org, "Recorded value resolution".
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace portcullis::bench {

class histogram {
public:
    void record(std::chrono::nanoseconds latency);
    void add(const histogram& other);

    /// The latency that `fraction` (0 to 1) of the recorded ones do not exceed; 0 if nothing was recorded.
    [[nodiscard]] std::chrono::nanoseconds quantile(double fraction) const;
    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    static constexpr unsigned precision_bits = 7;  ///< 128 linear steps in each power of two
    static constexpr std::size_t steps = std::size_t{1} << precision_bits;
    static constexpr std::size_t powers = 40 - precision_bits;  ///< up to 2^40 ns, 18 minutes

    [[nodiscard]] static std::size_t index_of(std::uint64_t nanoseconds);
    [[nodiscard]] static std::uint64_t highest_of(std::size_t index);

    std::array<std::uint64_t, steps*(powers + 1)> counts_{};
    std::uint64_t count_ = 0;
};

}  // namespace portcullis::bench
