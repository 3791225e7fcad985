// A listener's allow_from and deny_from. Deny wins; no allow_from allows everybody.
// Pure; a client of a unix socket is never concerned.
#pragma once

#include "proxy/config/config.hpp"
#include "proxy/gate/accounts.hpp"

namespace portcullis::gate {

[[nodiscard]] bool may_connect(const client_origin& from, const config::listener& listener);
[[nodiscard]] bool is_in(const std::vector<config::network>& networks, const config::ip_address& address);

}  // namespace portcullis::gate
