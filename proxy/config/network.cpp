#include "proxy/config/address.hpp"

#include <algorithm>
#include <charconv>

namespace portcullis::config {
namespace {

constexpr unsigned v4_offset = 96;  // of the 128 bits, those in front of a mapped IPv4 address

/// `address` with every bit behind the prefix cleared.
ip_address masked(const ip_address& address, unsigned prefix) {
    auto bytes = address.bytes();
    for (unsigned i = 0; i < bytes.size(); ++i) {
        const auto kept = prefix > i * 8 ? std::min(prefix - i * 8, 8U) : 0U;
        bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00U >> kept));
    }
    return ip_address(bytes);
}

std::optional<unsigned> parse_length(std::string_view digits) {
    unsigned value = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stop != end || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
    return value;
}

}  // namespace

std::optional<network> network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto base = ip_address::parse(text.substr(0, slash));
    if (!base) return std::nullopt;
    // "::ffff:10.0.0.0/104" is written as IPv6 and counts as such, whatever the address means.
    const bool written_as_v4 = text.find(':') == std::string_view::npos;
    unsigned prefix = 128;
    if (slash != std::string_view::npos) {
        const auto length = parse_length(text.substr(slash + 1));
        if (!length || *length > (written_as_v4 ? 32U : 128U)) return std::nullopt;
        prefix = written_as_v4 ? v4_offset + *length : *length;
    }
    if (masked(*base, prefix) != *base) return std::nullopt;
    return network{*base, prefix, base->is_v4() && prefix >= v4_offset};
}

bool network::contains(const ip_address& address) const {
    // "::/0" is every IPv6 address and no IPv4 one, though the mapped form would lie in it.
    return address.is_v4() == v4 && masked(address, prefix) == base;
}

std::string network::to_string() const {
    if (prefix == 128) return base.to_string();
    return base.to_string() + "/" + std::to_string(v4 ? prefix - v4_offset : prefix);
}

}  // namespace portcullis::config
