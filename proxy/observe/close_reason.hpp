// Why a session ended: which side, in which phase, for which cause. A closed list: one of these is in every
// "session closed" line and counts in exactly one counter.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::observe {

enum class side { client, aggregator, gate };

enum class phase {
    arrival,         ///< PROXY header, address rules, limits
    greeting,        ///< until the client's first packet is there
    tls,             ///< the client's TLS handshake
    login,           ///< HandshakeResponse and the decision
    connect,         ///< dialling an aggregator, its greeting, its TLS
    authentication,  ///< the relayed exchange up to OK
    command,         ///< after OK
    change_user,     ///< COM_CHANGE_USER up to its OK
};

enum class cause {
    quit,                  ///< COM_QUIT
    closed,                ///< end of stream without COM_QUIT
    reset,                 ///< the connection broke
    login_timeout,         ///< not logged in within timeouts.login
    idle_timeout,          ///< nothing relayed for timeouts.idle
    drained,               ///< still there when timeouts.drain was over, or the deadline of its aggregator's drain
    killed,                ///< by the administrator
    address_not_allowed,   ///< allow_from / deny_from
    banned,                ///< [limits] ban_after
    too_many_connections,  ///< [limits]
    too_many_user_connections,
    proxy_header_invalid,   ///< a listed network sent no valid PROXY header
    protocol_error,         ///< not MySQL's protocol, or a trick
    tls_failed,             ///< the TLS handshake failed
    refused,                ///< the account rules said no
    plugin_needs_tls,       ///< the account's plugin may show a password and a leg is plaintext
    no_aggregator,          ///< none of the cluster could be reached
    authentication_failed,  ///< the aggregator said no
    server_error,           ///< the aggregator ended the login with another error
    audit_failed,           ///< [audit] on_failure: the login could not be recorded
    internal_error,         ///< a fault of the gate
};

struct close_reason {
    observe::side side = side::gate;
    observe::phase phase = phase::arrival;
    observe::cause cause = cause::internal_error;
};

inline constexpr std::size_t side_count = 3;
inline constexpr std::size_t phase_count = 8;
inline constexpr std::size_t cause_count = 21;

[[nodiscard]] std::string_view to_string(side value);
[[nodiscard]] std::string_view to_string(phase value);
[[nodiscard]] std::string_view to_string(cause value);

/// One counter per (side, phase, cause), for the whole process.
class close_counters {
public:
    void count(const close_reason& reason);
    [[nodiscard]] std::uint64_t total() const;
    /// Those that happened.
    [[nodiscard]] std::vector<std::pair<close_reason, std::uint64_t>> all() const;
    [[nodiscard]] std::uint64_t of(const close_reason& reason) const;

private:
    [[nodiscard]] static std::size_t index(const close_reason& reason);
    std::array<std::atomic<std::uint64_t>, side_count * phase_count * cause_count> counts_{};
};

}  // namespace portcullis::observe
