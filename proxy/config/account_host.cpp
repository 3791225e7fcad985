#include "proxy/config/account_host.hpp"

#include <algorithm>
#include <optional>

namespace portcullis::config {
namespace {

using parsed_host = boost::system::result<account_host, std::string>;

constexpr std::string_view localhost = "localhost";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The length of a netmask such as 255.255.0.0; none if it is not a run of ones followed by zeros.
std::optional<unsigned> length_of_mask(std::string_view text) {
    const auto mask = ip_address::parse(text);
    if (!mask || !mask->is_v4()) return std::nullopt;
    unsigned bits = 0;
    for (std::size_t i = 12; i < 16; ++i) bits = (bits << 8U) | mask->bytes()[i];
    unsigned length = 0;
    while (length < 32 && (bits & (1U << (31 - length))) != 0) ++length;
    const auto behind = length < 32 ? bits << length : 0U;
    return behind == 0 ? std::optional(length) : std::nullopt;
}

parsed_host parse_network(account_host out) {
    const auto slash = out.text.find('/');
    const auto base = out.text.substr(0, slash);
    auto length = out.text.substr(slash + 1);
    out.kind = account_host::form::cidr;
    if (length.find('.') != std::string::npos) {
        const auto bits = length_of_mask(length);
        if (!bits) return std::string("has a netmask that is not ones followed by zeros, as in 10.0.0.0/255.0.0.0");
        length = std::to_string(*bits);
        out.kind = account_host::form::netmask;
    }
    if (!ip_address::parse(base))
        return std::string("has no address before its '/' (the gate does not resolve names of clients)");
    const auto net = network::parse(base + "/" + length);
    if (!net)
        return std::string("would match no client: the prefix must be within the address, and no bit set behind it");
    out.net = *net;
    return out;
}

/// Whether some client's address, as it is printed, or "localhost" could match.
bool can_match(std::string_view pattern) {
    return pattern.find_first_not_of("0123456789abcdef.:%_") == std::string_view::npos || like(localhost, pattern);
}

}  // namespace

bool like(std::string_view text, std::string_view pattern) {
    std::size_t t = 0;
    std::size_t p = 0;
    // Where to go on when a mismatch follows a '%': one character more is given to the last one seen.
    std::size_t after_percent = std::string_view::npos;
    std::size_t retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '%') {
            after_percent = ++p;
            retry = t;
        } else if (p < pattern.size() && (pattern[p] == '_' || lower(pattern[p]) == lower(text[t]))) {
            ++p;
            ++t;
        } else if (after_percent != std::string_view::npos) {
            p = after_percent;
            t = ++retry;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('%', p) == std::string_view::npos;
}

parsed_host account_host::parse(std::string_view text) {
    account_host out;
    std::transform(text.begin(), text.end(), std::back_inserter(out.text), lower);
    if (out.text.find_first_not_of('%') == std::string::npos) {
        out.kind = form::anything;
    } else if (out.text == localhost) {
        out.kind = form::localhost;
    } else if (const auto address = ip_address::parse(out.text)) {
        out.kind = form::literal;
        out.net = {*address, 128, address->is_v4()};
    } else if (out.text.find('/') != std::string::npos) {
        return parse_network(std::move(out));
    } else if (out.text.find_first_of("%_") == std::string::npos) {
        return std::string(
            "is not an address, and the gate does not resolve names of clients: write an address, a network, "
            "a pattern such as '10.%', 'localhost' or '%'");
    } else if (!can_match(out.text)) {
        return std::string("would match no client: patterns are compared with addresses and with 'localhost' only");
    } else {
        out.kind = form::wildcard;
    }
    return out;
}

}  // namespace portcullis::config
