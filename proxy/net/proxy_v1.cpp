#include "proxy/net/proxy_v1.hpp"

#include <algorithm>
#include <charconv>

namespace portcullis::net {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view unknown = "UNKNOWN";

/// The word up to the next space, which is taken too.
std::optional<std::string_view> next_word(std::string_view& rest) {
    const auto space = rest.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto word = rest.substr(0, space);
    rest.remove_prefix(space + 1);
    return word;
}

/// Decimal, no sign, no leading zero, as the specification asks.
std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc() || stop != end || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    return port;
}

std::optional<config::ip_address> parse_address(std::string_view text, bool v4) {
    const bool dotted = text.find(':') == std::string_view::npos;
    return dotted == v4 ? config::ip_address::parse(text) : std::nullopt;
}

}  // namespace

std::optional<std::size_t> proxy_v1_missing(std::string_view so_far) {
    if (const auto end = so_far.find(line_end); end != std::string_view::npos)
        return end + line_end.size() == so_far.size() ? std::optional<std::size_t>(0) : std::nullopt;
    std::size_t missing = so_far.ends_with('\r') ? 1 : line_end.size();
    // "PROXY TCP4 a b c d": each field that has not begun needs a space and its shortest value.
    const auto kind = so_far.substr(std::min(so_far.size(), proxy_v1_prefix.size()));
    const bool v4 = kind.starts_with("TCP4 ");
    if (missing > 1 && (v4 || kind.starts_with("TCP6 "))) {
        const auto spaces = static_cast<std::size_t>(std::count(so_far.begin(), so_far.end(), ' '));
        const std::size_t address = v4 ? sizeof("0.0.0.0") : sizeof("::");  // with the NUL's place for the space
        if (spaces < 3) missing += address;
        missing += (spaces < 4 ? 2U : 0U) + (spaces < 5 ? 2U : 0U);
    }
    if (so_far.size() + missing > proxy_v1_max_size) return std::nullopt;
    return missing;
}

std::optional<proxy_header> parse_proxy_v1(std::string_view line) {
    if (line.size() > proxy_v1_max_size || !line.starts_with(proxy_v1_prefix) || line.find(line_end) != line.size() - 2)
        return std::nullopt;
    auto rest = line.substr(0, line.size() - line_end.size());
    rest.remove_prefix(proxy_v1_prefix.size());
    proxy_header out;
    if (rest == unknown || rest.starts_with("UNKNOWN ")) {  // whatever follows is to be ignored
        out.local = true;
        return out;
    }
    const auto family = next_word(rest);
    const auto source = next_word(rest);
    const auto destination = next_word(rest);
    const auto source_port = next_word(rest);
    if (!source_port || (*family != "TCP4" && *family != "TCP6")) return std::nullopt;
    const bool v4 = *family == "TCP4";
    const auto from = parse_address(*source, v4);
    const auto to = parse_address(*destination, v4);
    const auto from_port = parse_port(*source_port);
    const auto to_port = parse_port(rest);
    if (!from || !to || !from_port || !to_port) return std::nullopt;
    return proxy_header{false, *from, *from_port, *to, *to_port};
}

}  // namespace portcullis::net
