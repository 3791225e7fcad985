// What is counted of all sessions together: durations of handshakes and logins, what TLS agreed on, bytes.
// Touched once per handshake, login and end of a session; never per packet. How it is shown is proxy/admin's.
#pragma once

#include "certs/peer_identity.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace portcullis::observe {

/// Durations by size, as Prometheus' histograms count them. From any thread.
class histogram {
public:
    /// Upper bounds in seconds; what is longer has a bucket behind them.
    static constexpr std::array bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0};

    struct reading {
        std::array<std::uint64_t, bounds.size() + 1> counts{};  ///< of each bucket alone
        double sum = 0;                                         ///< seconds

        [[nodiscard]] std::uint64_t total() const;
    };

    void observe(std::chrono::nanoseconds duration);
    [[nodiscard]] reading read() const;

private:
    std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts_{};
    std::atomic<std::uint64_t> nanoseconds_{0};
};

/// The handshakes of one leg.
class handshakes {
public:
    using key = std::tuple<std::string, std::string, bool>;  ///< version, cipher, resumed

    void count(const certs::tls_facts& agreed, std::chrono::nanoseconds duration);
    [[nodiscard]] std::map<key, std::uint64_t> agreed() const;
    [[nodiscard]] const histogram& time() const { return time_; }

private:
    histogram time_;
    mutable std::mutex mutex_;
    std::map<key, std::uint64_t> agreed_;
};

struct metrics {
    handshakes client;
    handshakes aggregator;                      ///< of sessions; health checks do not count
    histogram login_time;                       ///< from accept to OK; its count is that of the logins that succeeded
    std::atomic<std::uint64_t> from_client{0};  ///< bytes relayed by sessions that have ended
    std::atomic<std::uint64_t> to_client{0};
};

}  // namespace portcullis::observe
