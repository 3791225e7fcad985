// The HOST part of user@HOST: whom it matches and which of two patterns is tried first.
// Source: MySQL Reference Manual, "Access Control, Stage 1: Connection Verification". Spelling is
// proxy/config/account_host; no name is resolved.
#pragma once

#include "proxy/config/account_host.hpp"

#include <optional>
#include <string_view>

namespace portcullis::gate {

struct client_origin;

class host_pattern {
public:
    explicit host_pattern(config::account_host host);

    /// None: config::account_host::parse says why.
    [[nodiscard]] static std::optional<host_pattern> parse(std::string_view text);

    /// "localhost" and patterns that match that word stand for unix sockets and for loopback addresses.
    [[nodiscard]] bool matches(const client_origin& from) const;

    /// Strict weak order: true if this one is tried before `other`. Literal addresses and localhost first, then CIDR
    /// networks, then netmasks (each with the longer prefix first), then patterns by the position of their first
    /// wildcard, the later first, then '%', then ''.
    [[nodiscard]] bool more_specific_than(const host_pattern& other) const { return rank_ > other.rank_; }

private:
    config::account_host host_;
    unsigned rank_ = 0;  ///< of specificity; the higher comes first
};

}  // namespace portcullis::gate
