// Authentication, relayed: client and aggregator talk through the gate until OK or ERR. The gate reads who speaks next
// and which plugin it is, never what they say, but for passwords that RSA must hide: see cluster/password_exchange.
// Keeps no password; every answer is wiped once it is passed on.
#pragma once

#include "proxy/session/state.hpp"

namespace portcullis::session {

/// How a relayed authentication went.
struct auth_outcome {
    enum class kind {
        accepted,       ///< the client has its OK
        ended,          ///< see `end`; the client was told
        cannot_switch,  ///< the member answered the forced switch with ERR and may not know AuthSwitchRequest
        member_lost,    ///< the member left before the client was asked anything: another one may be tried
    };
    kind what = kind::ended;
    step end;
    std::string detail;
};

/// Whether the aggregator may accept without asking. After COM_CHANGE_USER it may not, be it the client's or that of a
/// login on a kept connection: what looks like OK would be the late answer to an earlier command.
enum class first_reply { any, must_ask };

/// A login message with the forced plugin was sent to the aggregator: relays from its first reply on.
[[nodiscard]] net::awaitable<auth_outcome> relay_forced_switch(state& s, observe::phase phase, first_reply rule);

/// For a member that does not know AuthSwitchRequest: the gate itself asks the client for an answer to the scramble of
/// the member's greeting, sends it in an ordinary HandshakeResponse, then relays.
[[nodiscard]] net::awaitable<auth_outcome> relay_own_switch(state& s, observe::phase phase);

}  // namespace portcullis::session
