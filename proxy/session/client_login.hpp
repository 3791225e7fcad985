// The client's side of a login up to the decision: arrival, greeting, SSLRequest, TLS, HandshakeResponse, who may pass.
// No aggregator is touched here: security rule 5.
#pragma once

#include "proxy/session/state.hpp"

namespace portcullis::session {

/// PROXY header where the peer is a listed network; address rules; bans; connection permits.
[[nodiscard]] net::awaitable<step> arrive(state& s);

/// The gate's greeting, up to the HandshakeResponse that counts. Fills id, offered, client_tls, who.
[[nodiscard]] net::awaitable<step> read_login(state& s);

/// Asks the account rules about s.who. Also for COM_CHANGE_USER: `phase` is for the log. Takes the user's permit.
[[nodiscard]] net::awaitable<step> decide(state& s, observe::phase phase);

}  // namespace portcullis::session
