#include "proxy/admin/target.hpp"

namespace portcullis::admin {
namespace {

constexpr std::string_view digits = "0123456789ABCDEF";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_control(unsigned char c) {
    return c < 0x20 || c == 0x7f;
}

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto c = static_cast<unsigned char>(text[i]);
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<unsigned char>(high * 16 + low);
            i += 2;
        }
        if (is_control(c)) return std::nullopt;
        out.push_back(static_cast<char>(c));
    }
    return out;
}

/// The text up to `separator`, which is taken off `rest` with it.
std::string_view take_until(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

}  // namespace

std::optional<target> parse_target(std::string_view text) {
    if (!text.starts_with('/')) return std::nullopt;
    target out;
    auto query = text.substr(1);
    auto path = take_until(query, '?');
    while (!path.empty()) {
        const bool more = path.find('/') != std::string_view::npos;
        auto segment = decoded(take_until(path, '/'));
        if (!segment || segment->empty() || *segment == "." || *segment == "..") return std::nullopt;
        if (more && path.empty()) return std::nullopt;  // a '/' at the end
        out.segments.push_back(*std::move(segment));
    }
    while (!query.empty()) {
        auto value = take_until(query, '&');
        auto name = decoded(take_until(value, '='));
        auto decoded_value = decoded(value);
        if (!name || !decoded_value) return std::nullopt;
        out.query[*std::move(name)] = *std::move(decoded_value);
    }
    return out;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_plain(c)) {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return out;
}

}  // namespace portcullis::admin
