#include "proxy/gate/bans.hpp"

#include <algorithm>

namespace portcullis::gate {
namespace {

constexpr std::size_t bytes_of_a_64 = 8;

}  // namespace

config::network banned_as(const config::ip_address& address) {
    if (address.is_v4()) return {address, 128, true};
    auto bytes = address.bytes();
    std::fill(bytes.begin() + bytes_of_a_64, bytes.end(), std::uint8_t{0});
    return {config::ip_address(bytes), 64, false};
}

bans::bans(const config::limits& settings, std::size_t capacity)
    : enabled_(settings.ban_after > 0), capacity_(capacity), settings_(settings) {}

void bans::update(const config::limits& settings) {
    const std::lock_guard lock(mutex_);
    settings_ = settings;
    enabled_.store(settings.ban_after > 0, std::memory_order_relaxed);
    if (settings.ban_after > 0) return;
    by_base_.clear();
    by_age_.clear();
}

bool bans::is_banned(const client_origin& from, ban_clock::time_point now) {
    if (!enabled() || !from.address) return false;
    const auto base = banned_as(*from.address).base;
    const std::lock_guard lock(mutex_);
    const auto found = by_base_.find(base.bytes());
    if (found == by_base_.end() || !found->second->until) return false;
    if (now < *found->second->until) return true;
    forget(found->second);
    return false;
}

/// The record of `base`, now the youngest; a new one if there is none or if its failures are of an earlier window.
bans::record& bans::record_of(const config::ip_address& base, ban_clock::time_point now) {
    const auto found = by_base_.find(base.bytes());
    if (found == by_base_.end()) {
        if (by_age_.size() >= capacity_) forget(by_age_.begin());
        by_age_.push_back({base, 0, now, {}});
        by_base_.emplace(base.bytes(), std::prev(by_age_.end()));
        return by_age_.back();
    }
    auto& known = *found->second;
    const bool over = known.until ? now >= *known.until : now - known.since > settings_.ban_window;
    if (over) known = {base, 0, now, {}};
    by_age_.splice(by_age_.end(), by_age_, found->second);
    return known;
}

std::optional<ban> bans::count_failure(const client_origin& from, ban_clock::time_point now) {
    if (!enabled() || !from.address) return std::nullopt;
    const auto network = banned_as(*from.address);
    const std::lock_guard lock(mutex_);
    if (settings_.ban_after == 0) return std::nullopt;  // as of this moment
    auto& failed = record_of(network.base, now);
    ++failed.failures;
    // Who is banned already can fail on a connection that was open before; that makes the ban no longer.
    if (failed.until || failed.failures < settings_.ban_after) return std::nullopt;
    failed.until = now + settings_.ban_time;
    return ban{network, *failed.until};
}

void bans::forget(records::iterator which) {
    by_base_.erase(which->base.bytes());
    by_age_.erase(which);
}

bool bans::lift(const config::ip_address& address, ban_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto found = by_base_.find(banned_as(address).base.bytes());
    if (found == by_base_.end()) return false;
    const bool banned = found->second->until && now < *found->second->until;
    forget(found->second);
    return banned;
}

std::size_t bans::lift_all(ban_clock::time_point now) {
    const auto lifted = list(now).size();
    const std::lock_guard lock(mutex_);
    by_base_.clear();
    by_age_.clear();
    return lifted;
}

std::vector<ban> bans::list(ban_clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    std::vector<ban> found;
    for (const auto& each : by_age_)
        if (each.until && now < *each.until) found.push_back({banned_as(each.base), *each.until});
    return found;
}

}  // namespace portcullis::gate
