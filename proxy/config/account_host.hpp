// The HOST part of user@HOST as it is spelled: MySQL's literal, localhost, CIDR, netmask and wildcard forms.
// Spelling only; who is matched, and which comes first, is proxy/gate/host_pattern.
#pragma once

#include "proxy/config/address.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace portcullis::config {

struct account_host {
    enum class form { literal, localhost, cidr, netmask, wildcard, anything };
    form kind = form::wildcard;
    network net;       ///< literal (a network of one), cidr, netmask
    std::string text;  ///< as written, in lower case

    /// Errors are sentences without a subject ("is a host name; ..."), to be put behind the quoted text.
    [[nodiscard]] static boost::system::result<account_host, std::string> parse(std::string_view text);

    bool operator==(const account_host&) const = default;
};

/// MySQL's LIKE for host names: '%' stands for any characters, '_' for one. ASCII case is ignored.
[[nodiscard]] bool like(std::string_view text, std::string_view pattern);

}  // namespace portcullis::config
