#include "proxy/net/takeover_message.hpp"

#include <boost/algorithm/hex.hpp>

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
        auto line = std::string(grant) + std::to_string(m.connection_counter);
        for (const auto& each : m.drained)
            line += ' ' + boost::algorithm::hex_lower(each.cluster) + '/' + boost::algorithm::hex_lower(each.name);
        return line;
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

/// Nothing: it is not what hex_lower() makes.
std::optional<std::string> unhex(std::string_view text) {
    if (text.find_first_not_of("0123456789abcdef") != std::string_view::npos || text.size() % 2 != 0)
        return std::nullopt;
    return boost::algorithm::unhex(std::string(text));
}

std::optional<takeover_message> parse_grant(std::string_view rest) {
    const auto counter = take_number(rest);
    if (!counter) return std::nullopt;
    takeover_grant made{*counter, {}};
    while (take(rest, " ")) {
        const auto word = rest.substr(0, rest.find(' '));
        const auto slash = word.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        const auto cluster = unhex(word.substr(0, slash));
        const auto name = unhex(word.substr(slash + 1));
        if (!cluster || !name) return std::nullopt;
        made.drained.push_back({*cluster, *name});
        rest.remove_prefix(word.size());
    }
    if (!rest.empty()) return std::nullopt;
    return made;
}

std::optional<takeover_message> parse_hello(std::string_view rest) {
    const auto version = take_number(rest);
    if (!version || !rest.empty()) return std::nullopt;
    return takeover_hello{*version};
}

}  // namespace

std::string to_line(const takeover_message& message) {
    return std::visit(writer{}, message) + '\n';
}

std::size_t fit_into_line(takeover_grant& message) {
    auto length = to_line(takeover_grant{message.connection_counter, {}}).size();
    const auto first_left_out =
        std::find_if(message.drained.begin(), message.drained.end(), [&length](const auto& each) {
            length += each.cluster.size() * 2 + each.name.size() * 2 + 2;
            return length > longest_takeover_grant;
        });
    const auto left_out = static_cast<std::size_t>(message.drained.end() - first_left_out);
    message.drained.erase(first_left_out, message.drained.end());
    return left_out;
}

std::optional<takeover_message> parse_takeover_message(std::string_view line) {
    if (line.size() >= longest_takeover_line) return std::nullopt;
    if (line == ready) return takeover_ready{};
    if (take(line, hello)) return parse_hello(line);
    if (take(line, grant)) return parse_grant(line);
    if (take(line, offer)) return parse_offer(line);
    if (take(line, refusal)) return parse_refusal(line);
    return std::nullopt;
}

}  // namespace portcullis::net
