#include "proxy/gate/address_rules.hpp"

#include <algorithm>

namespace portcullis::gate {

bool is_in(const std::vector<config::network>& networks, const config::ip_address& address) {
    return std::any_of(networks.begin(), networks.end(), [&](const auto& each) { return each.contains(address); });
}

bool may_connect(const client_origin& from, const config::listener& listener) {
    if (!from.address) return true;
    if (is_in(listener.deny_from, *from.address)) return false;
    return listener.allow_from.empty() || is_in(listener.allow_from, *from.address);
}

}  // namespace portcullis::gate
