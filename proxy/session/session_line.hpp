// The one line a session leaves in the log.
// What it says and nothing else; when it is written is session's affair.
#pragma once

#include "proxy/session/state.hpp"

namespace portcullis::session {

/// The client's address and port, or "unix".
[[nodiscard]] std::string client_name(const state& s);

/// msg="session closed": id, listener, client, user, account, cluster, aggregator, TLS of both legs, bytes, duration,
/// side, phase, cause, detail.
void log_session(const state& s, const ending& end);

}  // namespace portcullis::session
