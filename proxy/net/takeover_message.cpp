#include "proxy/net/takeover_message.hpp"

#include <algorithm>
#include <charconv>

namespace portcullis::net {
namespace {

constexpr std::string_view hello = "portcullis-takeover ";
constexpr std::string_view offer = "listeners ";
constexpr std::string_view ready = "ready";
constexpr std::string_view grant = "yours ";
constexpr std::string_view refusal = "refused ";

struct writer {
    std::string operator()(const takeover_hello& m) const { return std::string(hello) + std::to_string(m.version); }
    std::string operator()(const takeover_offer& m) const {
        return std::string(offer) + std::to_string(m.connection_counter) + ' ' + m.owners;
    }
    std::string operator()(const takeover_ready& /*m*/) const { return std::string(ready); }
    std::string operator()(const takeover_grant& m) const {
        return std::string(grant) + std::to_string(m.connection_counter);
    }
    std::string operator()(const takeover_refusal& m) const { return std::string(refusal) + m.reason; }
};

/// Takes `word` from the front of `line`, if it is there.
bool take(std::string_view& line, std::string_view word) {
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    return true;
}

/// Takes a decimal number as to_line() spells it: no sign, no leading zero.
std::optional<std::uint32_t> take_number(std::string_view& line) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc()) return std::nullopt;
    const auto length = static_cast<std::size_t>(end - line.data());
    if (length > 1 && line.front() == '0') return std::nullopt;
    line.remove_prefix(length);
    return value;
}

std::optional<takeover_message> parse_offer(std::string_view rest) {
    const auto counter = take_number(rest);
    if (!counter || !take(rest, " ")) return std::nullopt;
    if (!std::all_of(rest.begin(), rest.end(), [](char c) { return c == 'g' || c == 'm'; })) return std::nullopt;
    return takeover_offer{*counter, std::string(rest)};
}

std::optional<takeover_message> parse_refusal(std::string_view rest) {
    if (!std::all_of(rest.begin(), rest.end(), [](char c) { return c >= ' ' && c <= '~'; })) return std::nullopt;
    return takeover_refusal{std::string(rest)};
}

template <class Message>
std::optional<takeover_message> parse_numbered(std::string_view rest) {
    const auto number = take_number(rest);
    if (!number || !rest.empty()) return std::nullopt;
    return Message{*number};
}

}  // namespace

std::string to_line(const takeover_message& message) {
    return std::visit(writer{}, message) + '\n';
}

std::optional<takeover_message> parse_takeover_message(std::string_view line) {
    if (line.size() >= longest_takeover_line) return std::nullopt;
    if (line == ready) return takeover_ready{};
    if (take(line, hello)) return parse_numbered<takeover_hello>(line);
    if (take(line, grant)) return parse_numbered<takeover_grant>(line);
    if (take(line, offer)) return parse_offer(line);
    if (take(line, refusal)) return parse_refusal(line);
    return std::nullopt;
}

}  // namespace portcullis::net
