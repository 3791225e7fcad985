// Addresses that failed to authenticate too often: counted, banned for a time, lifted. Security rule 12.
// Shared by all workers. The time is passed in; what counts as a failure is decided in proxy/session/banned.
#pragma once

#include "proxy/config/config.hpp"
#include "proxy/gate/accounts.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace portcullis::gate {

using ban_clock = std::chrono::steady_clock;

struct ban {
    config::network network;  ///< one IPv4 address, or an IPv6 /64
    ban_clock::time_point until;
};

/// What a ban holds for: the address itself, or the /64 around an IPv6 address, as whoever has one address of a /64 has
/// all of them.
[[nodiscard]] config::network banned_as(const config::ip_address& address);

class bans {
public:
    /// Remembers at most `capacity` networks; beyond, the one whose last failure is oldest is forgotten.
    explicit bans(const config::limits& settings, std::size_t capacity = 65536);
    /// From now on others; bans that are in force last as long as they were to last. Without ban_after all are
    /// forgotten.
    void update(const config::limits& settings);

    /// Whether somebody from there is to be turned away. A unix socket never is.
    [[nodiscard]] bool is_banned(const client_origin& from, ban_clock::time_point now);
    /// Counts a failure. The ban that it led to, if it did.
    std::optional<ban> count_failure(const client_origin& from, ban_clock::time_point now);

    /// Forgets the failures, and with them the ban, of whatever `address` is banned as. True if there was a ban.
    bool lift(const config::ip_address& address, ban_clock::time_point now);
    /// Forgets everything. Returns how many bans there were.
    std::size_t lift_all(ban_clock::time_point now);
    [[nodiscard]] std::vector<ban> list(ban_clock::time_point now) const;

private:
    struct record {
        config::ip_address base;
        unsigned failures = 0;
        ban_clock::time_point since;                 ///< the first of them
        std::optional<ban_clock::time_point> until;  ///< of the ban
    };
    using records = std::list<record>;
    using address_bytes = std::array<std::uint8_t, 16>;

    [[nodiscard]] record& record_of(const config::ip_address& base, ban_clock::time_point now);
    void forget(records::iterator which);
    [[nodiscard]] bool enabled() const { return enabled_.load(std::memory_order_relaxed); }

    std::atomic<bool> enabled_;  ///< spares those who do not ban the lock
    const std::size_t capacity_;
    mutable std::mutex mutex_;  ///< of all below
    config::limits settings_;
    records by_age_;  ///< the last failure longest ago first
    std::map<address_bytes, records::iterator> by_base_;
};

}  // namespace portcullis::gate
