#include "proxy/config/address.hpp"

#include <algorithm>
#include <charconv>

namespace portcullis::config {
namespace {

constexpr std::string_view unix_scheme = "unix:";
constexpr std::size_t longest_host = 253;  // RFC 1035, 2.3.4, without the final dot

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
    std::uint16_t port = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, port);
    if (error != std::errc() || stop != end || port == 0) return std::nullopt;
    return port;
}

/// The host of "host:port" in one spelling: addresses as ip_address prints them. Empty: not a host.
std::string host_of(std::string_view text) {
    if (text.starts_with('[')) {
        if (!text.ends_with(']') || text.find(':') == std::string_view::npos) return {};
        const auto address = ip_address::parse(text.substr(1, text.size() - 2));
        return address ? address->to_string() : std::string();
    }
    if (text.empty() || text.size() > longest_host || !std::all_of(text.begin(), text.end(), is_host_character))
        return {};
    const auto all_numeric = text.find_first_not_of("0123456789.") == std::string_view::npos;
    if (all_numeric && !ip_address::parse(text)) return {};  // "10.0.0" and "256.0.0.1" are slips, not names
    return std::string(text);
}

}  // namespace

std::optional<endpoint> endpoint::parse(std::string_view text) {
    endpoint out;
    if (text.starts_with(unix_scheme)) {
        out.unix_path = text.substr(unix_scheme.size());
        if (out.unix_path.empty() || out.unix_path.find('\0') != std::string::npos) return std::nullopt;
        return out;
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    out.host = host_of(text.substr(0, colon));
    const auto port = parse_port(text.substr(colon + 1));
    if (out.host.empty() || !port) return std::nullopt;
    out.port = *port;
    return out;
}

std::string endpoint::to_string() const {
    if (is_unix()) return std::string(unix_scheme) + unix_path;
    const auto bracketed = host.find(':') != std::string::npos;
    return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace portcullis::config
