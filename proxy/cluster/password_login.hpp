// The client's side of a login whose password is known: the health account's, or a load test's. Carries it to its end,
// so that the server never counts a connect error (security rule 5). Sessions of clients never come here: their
// authentication is relayed.
#pragma once

#include "protocol/capabilities.hpp"
#include "protocol/greeting.hpp"
#include "proxy/net/packet_channel.hpp"

#include <string>
#include <string_view>

namespace portcullis::cluster {

struct password_login {
    std::string_view user;
    std::string_view password;
    /// With CLIENT_SSL where an SSLRequest was sent. What the greeting lacks is left out.
    protocol::capability_flags capabilities = 0;
    bool anonymous = false;  ///< no account is named: every answer is empty, and an ERR is a good end
    bool secure = false;     ///< TLS or a unix socket: a readable password may be written
};

struct login_result {
    std::string failure;      ///< in words, for the log alone; empty: none
    bool accepted = false;    ///< the server answered OK and waits for commands
    bool can_switch = false;  ///< the server sent an AuthSwitchRequest
};

/// `channel` waits for a HandshakeResponse; the views live until it is done. Knows mysql_native_password,
/// caching_sha2_password, sha256_password and, where secure, mysql_clear_password.
[[nodiscard]] net::awaitable<login_result> log_in_with_password(password_login account, net::packet_channel& channel,
                                                                const protocol::greeting& greeting);

/// Ends a login that was accepted, so that the server counts no aborted client.
[[nodiscard]] net::awaitable<void> quit(net::packet_channel& channel);

}  // namespace portcullis::cluster
