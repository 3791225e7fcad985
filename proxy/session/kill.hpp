// KILL with a connection id that the gate gave out: it reaches exactly that session, or nothing. Security rule 24.
// Finding the KILL is protocol/command_watch's part; who may kill whom on one aggregator is decided there.
#pragma once

#include "protocol/kill_statement.hpp"
#include "proxy/session/state.hpp"

namespace portcullis::session {

/// What goes to the client's aggregator in place of `packet`, a KILL with its header. The aggregator's reply to it is
/// the client's: it comes in its place among the replies, with the session's true status flags.
///
/// A live id of the same user name and cluster, on the same aggregator: the KILL with the thread id of that session;
/// the aggregator decides. On another aggregator: the health account kills it there, at once and within
/// timeouts.connect, even if a command before the KILL still runs; then a COM_PING, which every server answers with OK.
///
/// Else, and when that fails: the packet as it is. Ids of the gates' range are far above those of aggregators, so the
/// reply is ERR 1094 with the very id. Where an aggregator's own ids have reached the range, a KILL with one of them
/// works as ever, but none that was meant for a session of the gate becomes one.
[[nodiscard]] net::awaitable<protocol::bytes> in_place_of_kill(const state& s, protocol::kill_statement kill,
                                                               protocol::bytes packet);

}  // namespace portcullis::session
