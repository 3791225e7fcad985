// The gate's own login to an aggregator, carried to its end, so that the aggregator never counts a connect error
// (security rule 5). With health.user it must succeed; without, it ends in the aggregator's "access denied".
// Keeps nothing of what it learns but whether the member knows AuthSwitchRequest.
#pragma once

#include "proxy/cluster/dial.hpp"
#include "proxy/cluster/password_login.hpp"

namespace portcullis::cluster {

/// The user a check names where health.user is empty. No account should have it.
inline constexpr std::string_view nobody = "portcullis_health";

/// Capabilities of the health check's own login.
[[nodiscard]] protocol::capability_flags health_capabilities();

/// `channel` waits for a HandshakeResponse.
[[nodiscard]] net::awaitable<login_result> log_in_for_health(const config::health& settings, aggregator& member,
                                                             net::packet_channel& channel,
                                                             const protocol::greeting& greeting);

/// Returns why the member is not usable, empty if it is. `channel` waits for a HandshakeResponse.
[[nodiscard]] net::awaitable<std::string> finish_health_check(const config::health& settings, aggregator& member,
                                                              net::packet_channel& channel,
                                                              const protocol::greeting& greeting);

}  // namespace portcullis::cluster
