// What the administration interface can ask and order of a running gate: plain facts, and an interface that whoever
// owns the gate fills (proxy/gate_operations). Knows no HTTP.
#pragma once

#include "proxy/config/address.hpp"
#include "proxy/net/asio.hpp"
#include "proxy/observe/close_reason.hpp"
#include "proxy/observe/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::admin {

/// Seconds since 1970, UTC.
using unix_time = std::int64_t;

struct listener_facts {
    std::string name;
    std::string address;
    std::string cluster;
    std::string tls_version;  ///< the effective ones; empty: no TLS
};

struct cluster_facts {
    std::string name;
    std::string ssl_mode;
    unsigned aggregators = 0;
    unsigned usable = 0;
};

/// The last change of the configuration that was tried while the gate ran.
struct reload_facts {
    std::uint64_t attempts = 0;
    std::uint64_t failures = 0;
    std::vector<std::pair<std::string, std::uint64_t>> failures_by_reason;  ///< every reason there is, in a word
    std::optional<unix_time> last_attempt;
    std::optional<unix_time> last_success;  ///< the start counts
    std::string last_reason;                ///< of the last attempt, in a word; empty: it succeeded
    std::string last_error;                 ///< likewise, every problem in full
};

struct gate_status {
    std::string version;
    std::string openssl;
    int pid = 0;
    std::string config_file;
    unix_time started = 0;
    bool ready = false;     ///< every cluster has a usable aggregator, and the gate does not drain
    bool draining = false;  ///< no new connections once timeouts.drain_notice is over
    unsigned workers = 0;
    std::uint64_t sessions = 0;         ///< logged in
    std::uint64_t connections = 0;      ///< with those on their way to a login
    std::uint64_t unauthenticated = 0;  ///< of these, counted by limits.max_unauthenticated
    unsigned max_connections = 0;
    unsigned max_unauthenticated = 0;
    std::uint64_t bans = 0;
    std::uint64_t lost_audit_records = 0;
    std::vector<listener_facts> listeners;
    std::vector<cluster_facts> clusters;
    reload_facts reload;
};

struct leg_facts {
    std::string tls_version;  ///< empty: no TLS
    std::string cipher;
    bool resumed = false;
};

struct session_facts {
    std::uint32_t id = 0;  ///< the connection id given out; 0 before the greeting
    bool logged_in = false;
    std::string user;
    std::string account;  ///< the rule that decided
    std::string client;   ///< address and port, or "unix"
    std::string listener;
    std::string cluster;
    std::string aggregator;           ///< empty: none yet
    std::uint32_t aggregator_id = 0;  ///< the connection id there
    bool aggregator_reused = false;
    leg_facts client_leg;
    leg_facts aggregator_leg;
    std::uint64_t from_client = 0;  ///< bytes relayed after OK
    std::uint64_t to_client = 0;
    double age = 0;   ///< seconds since accept
    double idle = 0;  ///< seconds since the last byte relayed
};

struct aggregator_facts {
    std::string cluster;
    std::string name;   ///< its address, as it is configured
    std::string state;  ///< "usable", "unusable", or "unknown" before it was looked at
    bool drained = false;
    unsigned weight = 1;
    unsigned sessions = 0;
    std::uint64_t kept = 0;  ///< connections without a session
    std::string server_version;
    std::uint64_t dial_failures = 0;
    std::uint64_t times_blocked = 0;  ///< it answered ERR 1129
    observe::histogram::reading dial_time;
};

struct account_facts {
    std::string user;
    std::string host;
    std::string require;
    std::string issuer;
    std::string subject;
    std::string cipher;
    unsigned max_user_connections = 0;
    std::vector<std::string> allow_from;
    std::uint64_t sessions = 0;  ///< that this rule let in
};

struct accounts_facts {
    std::string default_require;
    std::uint64_t default_sessions = 0;  ///< of users that no rule names
    std::vector<account_facts> rules;
};

struct ban_facts {
    std::string network;
    double seconds_left = 0;
};

struct certificate_facts {
    std::string used_by;  ///< "listener main", "cluster default", "admin"
    std::string setting;  ///< "ssl_cert", "ssl_ca"
    std::string file;
    std::string subject;
    std::string issuer;
    std::string serial;
    unix_time not_before = 0;
    unix_time not_after = 0;
    std::string key;
    bool is_ca = false;
    std::vector<std::string> names;
    std::string fingerprint;
};

struct leg_metrics {
    std::map<observe::handshakes::key, std::uint64_t> agreed;
    observe::histogram::reading time;
};

/// What /metrics shows, but for the process itself.
struct gate_metrics {
    gate_status status;
    std::vector<aggregator_facts> aggregators;
    std::vector<certificate_facts> certificates;
    std::vector<std::pair<observe::close_reason, std::uint64_t>> closed;  ///< those that happened
    leg_metrics client;
    leg_metrics aggregator;
    observe::histogram::reading login_time;
    std::uint64_t from_client = 0;
    std::uint64_t to_client = 0;
    unsigned max_connections_per_address = 0;
};

/// How an order went. `words` are for whoever gave it.
struct outcome {
    enum class kind { done, not_found, refused, failed };
    kind what = kind::done;
    std::string words;
    std::vector<std::string> reasons;  ///< of a reload: why not, or what is to be known of it
};

/// Called by the server's thread alone, which waits: each returns within seconds, and what takes longer can be awaited.
class operations {
public:
    operations() = default;
    operations(const operations&) = delete;
    operations& operator=(const operations&) = delete;
    virtual ~operations() = default;

    [[nodiscard]] virtual bool ready() = 0;
    [[nodiscard]] virtual gate_status status() = 0;
    [[nodiscard]] virtual gate_metrics metrics() = 0;
    [[nodiscard]] virtual std::vector<session_facts> sessions() = 0;
    [[nodiscard]] virtual std::vector<aggregator_facts> aggregators() = 0;
    [[nodiscard]] virtual accounts_facts accounts() = 0;
    [[nodiscard]] virtual std::vector<ban_facts> bans() = 0;
    [[nodiscard]] virtual std::vector<certificate_facts> certificates() = 0;

    [[nodiscard]] virtual outcome kill(std::uint32_t session) = 0;
    /// No new sessions; those that are there end at the deadline, or on their own where there is none. `cluster` empty:
    /// in every cluster that has a member of this name.
    [[nodiscard]] virtual outcome drain_aggregator(const std::string& name, const std::string& cluster,
                                                   std::optional<std::chrono::milliseconds> deadline) = 0;
    [[nodiscard]] virtual outcome undrain_aggregator(const std::string& name, const std::string& cluster) = 0;
    [[nodiscard]] virtual outcome lift_ban(const config::ip_address& address) = 0;
    [[nodiscard]] virtual outcome lift_all_bans() = 0;
    /// The whole new configuration or nothing of it.
    [[nodiscard]] virtual net::awaitable<outcome> reload() = 0;
    /// As SIGTERM does; without a deadline timeouts.drain holds.
    [[nodiscard]] virtual outcome drain_gate(std::optional<std::chrono::milliseconds> deadline) = 0;
};

}  // namespace portcullis::admin
