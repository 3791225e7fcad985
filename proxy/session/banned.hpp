// Brute force: turns banned addresses away, and says which end of a login counts toward a ban.
// How many failures make a ban, and for how long, is proxy/gate/bans.
#pragma once

#include "proxy/session/state.hpp"

namespace portcullis::session {

/// ERR 1129 for an address that is banned; nothing: it is not.
[[nodiscard]] net::awaitable<step> turn_away_if_banned(state& s);

/// To be called before the client reads the refusal: the aggregator denied what the client answered. Nothing else
/// counts: no refusal by policy, no scan, no TLS failure, no time-out (security rule 12).
void count_authentication_failure(const state& s);

}  // namespace portcullis::session
