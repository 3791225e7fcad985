// A connection whose client quit, for the next login of the same user: what is fit to be kept, how it is handed over,
// how a login takes it. Security rule 16 rests on it. Where kept connections lie is cluster/kept_connections.
#pragma once

#include "proxy/session/auth_relay.hpp"

namespace portcullis::session {

/// Whether s.server could be kept once the client quits. May become false, never true, while the session lasts.
[[nodiscard]] bool may_be_kept(const state& s);

/// The client quit, its COM_QUIT was not passed on, and the aggregator owes no reply: keeps the connection, whose
/// session there ends at once, or quits. s.server has no channel afterwards, or one that is closed.
[[nodiscard]] net::awaitable<void> let_go(state& s);

/// Logs s.who in on a kept connection to `member`: accepted or ended, and s.server has taken `member` over; or nothing,
/// if there was none that works.
[[nodiscard]] net::awaitable<std::optional<auth_outcome>> log_in_on_kept(state& s, cluster::lease& member);

}  // namespace portcullis::session
