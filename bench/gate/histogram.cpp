#include "bench/gate/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace portcullis::bench {

std::size_t histogram::index_of(std::uint64_t nanoseconds) {
    if (nanoseconds < steps) return nanoseconds;
    const auto shift = static_cast<unsigned>(std::bit_width(nanoseconds)) - precision_bits - 1;
    const std::size_t step = (nanoseconds >> shift) - steps;
    return std::min(steps * (shift + 1) + step, steps * (powers + 1) - 1);
}

std::uint64_t histogram::highest_of(std::size_t index) {
    if (index < steps) return index;
    const auto shift = index / steps - 1;
    return ((index % steps + steps + 1) << shift) - 1;
}

void histogram::record(std::chrono::nanoseconds latency) {
    ++counts_[index_of(static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0)))];
    ++count_;
}

void histogram::add(const histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
}

std::chrono::nanoseconds histogram::quantile(double fraction) const {
    if (count_ == 0) return {};
    const auto wanted = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(count_))));
    std::uint64_t seen = 0;
    std::size_t index = 0;
    while ((seen += counts_[index]) < wanted) ++index;
    return std::chrono::nanoseconds(highest_of(index));
}

}  // namespace portcullis::bench
