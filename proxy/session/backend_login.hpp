// The aggregator's side of a login: choose a member, dial it, log in through the relayed authentication; other members
// are tried as long as the client was asked nothing.
// Who may pass was decided before: see client_login.
#pragma once

#include "proxy/session/state.hpp"

namespace portcullis::session {

/// Fills s.server; on success the client has its OK. `phase` authentication for a login, change_user where a
/// COM_CHANGE_USER needs a fresh connection.
[[nodiscard]] net::awaitable<step> log_in_to_cluster(state& s, observe::phase phase);

}  // namespace portcullis::session
