#include "proxy/gate/host_pattern.hpp"

#include "proxy/gate/accounts.hpp"

#include <algorithm>

namespace portcullis::gate {
namespace {

using form = config::account_host::form;

// Classes are 1000 apart; within one, a longer prefix or a later first wildcard counts up. MySQL 8.0.23 and later put
// CIDR before netmasks whatever their lengths; older ones do not tell addresses and networks apart.
constexpr unsigned cidr_class = 2000;
constexpr unsigned netmask_class = 1000;
constexpr unsigned literal_rank = 3000;

unsigned rank_of(const config::account_host& host) {
    switch (host.kind) {
        case form::literal:
        case form::localhost:
            return literal_rank;
        case form::cidr:
            return cidr_class + host.net.prefix;
        case form::netmask:
            return netmask_class + host.net.prefix;
        case form::wildcard:
        case form::anything:
            break;
    }
    if (host.text.empty()) return 0;
    return 1 + static_cast<unsigned>(std::min<std::size_t>(host.text.find_first_of("%_"), netmask_class - 2));
}

}  // namespace

host_pattern::host_pattern(config::account_host host) : host_(std::move(host)), rank_(rank_of(host_)) {}

std::optional<host_pattern> host_pattern::parse(std::string_view text) {
    auto host = config::account_host::parse(text);
    if (!host) return std::nullopt;
    return host_pattern(*std::move(host));
}

bool host_pattern::matches(const client_origin& from) const {
    switch (host_.kind) {
        case form::anything:
            return true;
        case form::localhost:
            return from.is_local();
        case form::literal:
        case form::cidr:
        case form::netmask:
            return from.address && host_.net.contains(*from.address);
        case form::wildcard:
            return (from.is_local() && config::like("localhost", host_.text)) ||
                   (from.address && config::like(from.address->to_string(), host_.text));
    }
    return false;
}

}  // namespace portcullis::gate
