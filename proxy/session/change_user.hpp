// COM_CHANGE_USER: the new user goes through the same decision and the same relayed authentication as a login.
// Security rule 7.
#pragma once

#include "proxy/session/state.hpp"

namespace portcullis::session {

/// A COM_CHANGE_USER is next to be read from s.client. Nothing: the session goes on as the new user. As with servers, a
/// change that fails ends the session.
[[nodiscard]] net::awaitable<step> change_user(state& s);

}  // namespace portcullis::session
