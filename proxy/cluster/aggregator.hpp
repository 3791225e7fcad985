// One member of a cluster: where it is, whether it can be used, what its greeting taught, how many sessions it has.
// Shared by all workers and the health monitor; dials nothing itself.
#pragma once

#include "protocol/greeting.hpp"
#include "proxy/cluster/kept_connections.hpp"
#include "proxy/cluster/tls_session_store.hpp"
#include "proxy/config/config.hpp"
#include "proxy/net/deadline.hpp"
#include "proxy/net/socket_address.hpp"
#include "proxy/observe/metrics.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::cluster {

/// What a member's greeting says of it.
struct learned {
    std::string server_version;
    protocol::capability_flags capabilities = 0;
    std::string auth_plugin;
    std::uint8_t character_set = 0;

    bool operator==(const learned&) const = default;
};

/// Whether a member answers a HandshakeResponse with an unknown plugin by AuthSwitchRequest.
enum class auth_switch { unknown, supported, unsupported };

/// Whether a member knows COM_RESET_CONNECTION (MySQL 5.7.3, MariaDB 10.2.4).
enum class resetting { unknown, supported, unsupported };

enum class reachability { unknown, usable, unusable };

/// What is known of a member, whatever the configuration says of it: it outlives a reload.
struct member_state {
    std::atomic<unsigned> sessions{0};
    std::atomic<reachability> standing{reachability::unknown};
    std::atomic<auth_switch> switching{auth_switch::unknown};
    std::atomic<resetting> knows_reset{resetting::unknown};
    std::atomic<bool> drained{false};
    std::atomic<bool> blocked{false};
    std::atomic<std::uint64_t> times_blocked{0};
    std::atomic<std::uint64_t> dial_failures{0};
    observe::histogram dial_time;
    std::mutex mutex;  ///< of all below
    std::shared_ptr<const learned> facts;
    std::vector<net::socket_address> addresses;
    std::optional<net::clock::time_point> looked_at;  ///< by the health monitor
};

class aggregator {
public:
    /// `kept`: null where connections are not reused. `known`: what an earlier configuration's member of the same
    /// address knows.
    explicit aggregator(config::aggregator settings, std::unique_ptr<kept_connections> kept = nullptr,
                        std::shared_ptr<member_state> known = nullptr);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const config::endpoint& address() const { return settings_.address; }
    [[nodiscard]] unsigned weight() const { return settings_.weight; }
    [[nodiscard]] unsigned sessions() const { return known_->sessions.load(std::memory_order_relaxed); }
    /// To be shared with the member that takes this one's place.
    [[nodiscard]] const std::shared_ptr<member_state>& known() const { return known_; }

    /// What the last health check or login found.
    [[nodiscard]] reachability standing() const { return known_->standing.load(std::memory_order_relaxed); }
    /// Found usable, and not drained.
    [[nodiscard]] bool usable() const { return standing() == reachability::usable && !drained(); }
    /// A drained member gets no new sessions; those it has go on.
    [[nodiscard]] bool drained() const { return known_->drained.load(std::memory_order_relaxed); }
    /// True if that is news.
    bool set_drained(bool value);
    /// Return true if that is news.
    bool mark_usable(learned facts);
    bool mark_unusable();
    /// Nothing until the member was reached once.
    [[nodiscard]] std::shared_ptr<const learned> facts() const;

    /// The member answered a connection with ERR 1129: it blocks the gate's address. True if that is news.
    bool note_blocked();
    /// How often it did since the start.
    [[nodiscard]] std::uint64_t times_blocked() const { return known_->times_blocked.load(std::memory_order_relaxed); }

    /// From connect to the last byte of TLS, of health checks and logins that succeeded.
    [[nodiscard]] observe::histogram& dial_time() { return known_->dial_time; }
    void count_dial_failure() { known_->dial_failures.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t dial_failures() const { return known_->dial_failures.load(std::memory_order_relaxed); }

    [[nodiscard]] auth_switch switching() const { return known_->switching.load(std::memory_order_relaxed); }
    void set_switching(auth_switch value) { known_->switching.store(value, std::memory_order_relaxed); }

    [[nodiscard]] resetting knows_reset() const { return known_->knows_reset.load(std::memory_order_relaxed); }
    void set_knows_reset(resetting value) { known_->knows_reset.store(value, std::memory_order_relaxed); }
    /// Null where connections are not reused.
    [[nodiscard]] kept_connections* kept() { return kept_.get(); }

    /// The last looked-up addresses; empty as long as a name was not found.
    [[nodiscard]] std::vector<net::socket_address> addresses();
    /// Looks the name up (blocks): for the health monitor's thread.
    void resolve();

    /// When the health monitor last did; nothing if never.
    [[nodiscard]] std::optional<net::clock::time_point> looked_at() const;
    void note_look(net::clock::time_point now);

    [[nodiscard]] tls_session_store& tls_sessions() { return tls_sessions_; }

private:
    friend class lease;

    const config::aggregator settings_;
    const std::string name_;
    const std::shared_ptr<member_state> known_;
    tls_session_store tls_sessions_;
    const std::unique_ptr<kept_connections> kept_;  ///< they know tls_sessions_
};

/// Counts one session on an aggregator while it lives.
class lease {
public:
    explicit lease(std::shared_ptr<aggregator> member) : member_(std::move(member)) {
        member_->known_->sessions.fetch_add(1, std::memory_order_relaxed);
    }
    lease(lease&& other) noexcept = default;
    lease& operator=(lease&& other) noexcept {
        std::swap(member_, other.member_);
        return *this;
    }
    ~lease() {
        if (member_) member_->known_->sessions.fetch_sub(1, std::memory_order_relaxed);
    }

    [[nodiscard]] aggregator& operator*() const { return *member_; }
    [[nodiscard]] aggregator* operator->() const { return member_.get(); }
    [[nodiscard]] const std::shared_ptr<aggregator>& member() const { return member_; }

private:
    std::shared_ptr<aggregator> member_;
};

}  // namespace portcullis::cluster
