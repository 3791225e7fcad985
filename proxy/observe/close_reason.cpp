#include "proxy/observe/close_reason.hpp"

namespace portcullis::observe {
namespace {

constexpr std::array<std::string_view, side_count> side_names = {"client", "aggregator", "gate"};

constexpr std::array<std::string_view, phase_count> phase_names = {
    "arrival", "greeting", "tls", "login", "connect", "authentication", "command", "change_user"};

constexpr std::array<std::string_view, cause_count> cause_names = {"quit",
                                                                   "closed",
                                                                   "reset",
                                                                   "login_timeout",
                                                                   "idle_timeout",
                                                                   "drained",
                                                                   "killed",
                                                                   "address_not_allowed",
                                                                   "banned",
                                                                   "too_many_connections",
                                                                   "too_many_user_connections",
                                                                   "proxy_header_invalid",
                                                                   "protocol_error",
                                                                   "tls_failed",
                                                                   "refused",
                                                                   "plugin_needs_tls",
                                                                   "no_aggregator",
                                                                   "authentication_failed",
                                                                   "server_error",
                                                                   "audit_failed",
                                                                   "internal_error"};

static_assert(static_cast<std::size_t>(side::gate) + 1 == side_count);
static_assert(static_cast<std::size_t>(phase::change_user) + 1 == phase_count);
static_assert(static_cast<std::size_t>(cause::internal_error) + 1 == cause_count);

}  // namespace

std::string_view to_string(side value) {
    return side_names[static_cast<std::size_t>(value)];
}
std::string_view to_string(phase value) {
    return phase_names[static_cast<std::size_t>(value)];
}
std::string_view to_string(cause value) {
    return cause_names[static_cast<std::size_t>(value)];
}

std::size_t close_counters::index(const close_reason& reason) {
    const auto side = static_cast<std::size_t>(reason.side);
    const auto phase = static_cast<std::size_t>(reason.phase);
    return (side * phase_count + phase) * cause_count + static_cast<std::size_t>(reason.cause);
}

void close_counters::count(const close_reason& reason) {
    counts_[index(reason)].fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t close_counters::of(const close_reason& reason) const {
    return counts_[index(reason)].load(std::memory_order_relaxed);
}

std::vector<std::pair<close_reason, std::uint64_t>> close_counters::all() const {
    std::vector<std::pair<close_reason, std::uint64_t>> out;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        const auto count = counts_.at(i).load(std::memory_order_relaxed);
        if (count == 0) continue;
        const close_reason why{static_cast<side>(i / (phase_count * cause_count)),
                               static_cast<phase>(i / cause_count % phase_count), static_cast<cause>(i % cause_count)};
        out.emplace_back(why, count);
    }
    return out;
}

std::uint64_t close_counters::total() const {
    std::uint64_t sum = 0;
    for (const auto& each : counts_) sum += each.load(std::memory_order_relaxed);
    return sum;
}

}  // namespace portcullis::observe
