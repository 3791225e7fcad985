// What the gate says to an aggregator for s.who, in a new connection and in one that is logged in already.
// Sends nothing.
#pragma once

#include "proxy/session/state.hpp"

namespace portcullis::session {

/// A HandshakeResponse.
[[nodiscard]] protocol::bytes handshake_response_payload(const state& s, std::string_view plugin,
                                                         protocol::bytes_view auth_response);

/// A COM_CHANGE_USER with the forced plugin, which the aggregator must answer with AuthSwitchRequest.
[[nodiscard]] protocol::bytes change_user_payload(const state& s);

}  // namespace portcullis::session
