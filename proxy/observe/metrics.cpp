#include "proxy/observe/metrics.hpp"

#include <algorithm>
#include <numeric>

namespace portcullis::observe {

std::uint64_t histogram::reading::total() const {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void histogram::observe(std::chrono::nanoseconds duration) {
    const auto seconds = std::chrono::duration<double>(duration).count();
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    nanoseconds_.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count())),
                           std::memory_order_relaxed);
}

histogram::reading histogram::read() const {
    reading out;
    for (std::size_t i = 0; i < counts_.size(); ++i) out.counts[i] = counts_[i].load(std::memory_order_relaxed);
    out.sum = static_cast<double>(nanoseconds_.load(std::memory_order_relaxed)) / 1e9;
    return out;
}

void handshakes::count(const certs::tls_facts& agreed, std::chrono::nanoseconds duration) {
    time_.observe(duration);
    const std::lock_guard lock(mutex_);
    ++agreed_[{agreed.version, agreed.cipher, agreed.resumed}];
}

std::map<handshakes::key, std::uint64_t> handshakes::agreed() const {
    const std::lock_guard lock(mutex_);
    return agreed_;
}

}  // namespace portcullis::observe
