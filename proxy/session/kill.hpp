// KILL with a connection id that the gate gave out: it reaches exactly that session, or nothing. Security rule 24.
// Finding the KILL is protocol/command_watch's part; who may kill whom on one aggregator is decided there.
#pragma once

#include "protocol/kill_statement.hpp"
#include "proxy/session/state.hpp"

namespace portcullis::session {

/// What goes to the client's aggregator in place of `packet`, a KILL with its header. The aggregator's reply to it is
/// the client's: it comes in its place among the replies, with the session's true status flags.
///
/// - The id is live here, of the same user name and cluster, on the same aggregator: the KILL with the thread id of
/// that
///   session, and the aggregator decides.
/// - On another aggregator: the health account kills it there, within timeouts.connect; then a COM_PING, which answers
///   OK.
/// - Else, and when that fails: the packet as it is. An id of the gates' range is far above those of aggregators, so
/// the
///   reply is ERR 1094 with the very id. Should an aggregator's own ids ever reach the range, its KILL works again.
[[nodiscard]] net::awaitable<protocol::bytes> in_place_of_kill(const state& s, protocol::kill_statement kill,
                                                               protocol::bytes packet);

}  // namespace portcullis::session
