// Ends a session with an ERR packet to the client, and words an I/O error as the end of a phase.
// What the packet says is in session/refusal.
#pragma once

#include "proxy/session/state.hpp"

namespace portcullis::session {

/// Sends the ERR packet and gives the ending back. `detail` goes to the log.
[[nodiscard]] net::awaitable<step> refuse(state& s, refusal why, ending end);

/// The client's leg failed while the gate read or wrote a login message in `phase`: a protocol error is answered with
/// ERR, anything else ends silently.
[[nodiscard]] net::awaitable<step> client_failed(state& s, observe::phase phase, net::error_code error);

/// What an error of a leg means as a cause.
[[nodiscard]] observe::cause cause_of(const net::error_code& error);

}  // namespace portcullis::session
