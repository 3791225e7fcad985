// Where to listen or to dial, and which addresses belong to a network: values and their spelling in the configuration.
// Opens nothing and resolves nothing.
#pragma once

#include <boost/system/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::config {

/// An IPv4 or IPv6 address as 16 bytes; IPv4 is kept IPv4-mapped (::ffff:a.b.c.d), so both families compare alike.
class ip_address {
public:
    ip_address() = default;
    explicit ip_address(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

    /// "10.0.0.1", "fe80::1" (no zone, no brackets).
    [[nodiscard]] static std::optional<ip_address> parse(std::string_view text);

    [[nodiscard]] bool is_v4() const;
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    [[nodiscard]] std::string to_string() const;  ///< IPv4 dotted, IPv6 compressed (RFC 5952)

    auto operator<=>(const ip_address&) const = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
};

/// A network in CIDR notation; a bare address is a network of one.
struct network {
    ip_address base;
    unsigned prefix = 0;  ///< bits of the 128: an IPv4 /8 is 104
    bool v4 = false;

    /// "10.0.0.0/8", "::/0", "192.0.2.7". Bits set behind the prefix are an error, as they hint at a slip.
    [[nodiscard]] static std::optional<network> parse(std::string_view text);
    [[nodiscard]] bool contains(const ip_address& address) const;
    [[nodiscard]] std::string to_string() const;

    bool operator==(const network&) const = default;
};

/// "host:port", "[::1]:port" or "unix:/path". `host` may be a name (resolved when dialled, not when read).
struct endpoint {
    std::string host;  ///< without brackets; empty for a unix socket
    std::uint16_t port = 0;
    std::string unix_path;

    [[nodiscard]] static std::optional<endpoint> parse(std::string_view text);
    [[nodiscard]] bool is_unix() const { return !unix_path.empty(); }
    [[nodiscard]] std::string to_string() const;

    bool operator==(const endpoint&) const = default;
};

}  // namespace portcullis::config
