#include "proxy/config/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>

namespace portcullis::config {
namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
    // inet_pton wants a C string; the longest spelling of an IPv6 address has INET6_ADDRSTRLEN characters with its NUL.
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
    const std::string terminated(text);
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return ip_address(bytes);
    std::copy(v4_mapped.begin(), v4_mapped.end(), bytes.begin());
    if (inet_pton(AF_INET, terminated.c_str(), bytes.data() + v4_mapped.size()) == 1) return ip_address(bytes);
    return std::nullopt;
}

bool ip_address::is_v4() const {
    return std::equal(v4_mapped.begin(), v4_mapped.end(), bytes_.begin());
}

bool ip_address::is_loopback() const {
    if (is_v4()) return bytes_[12] == 127;
    return bytes_[15] == 1 && std::all_of(bytes_.begin(), bytes_.begin() + 15, [](auto byte) { return byte == 0; });
}

std::string ip_address::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    const auto family = is_v4() ? AF_INET : AF_INET6;
    const auto* from = is_v4() ? bytes_.data() + v4_mapped.size() : bytes_.data();
    return inet_ntop(family, from, out.data(), out.size());
}

}  // namespace portcullis::config
