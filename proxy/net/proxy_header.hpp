// The PROXY protocol's headers, v1 and v2: read from load balancers, written (v2) to aggregators.
// Source: HAProxy, "The PROXY protocol", versions 1 & 2. Bytes in, values out: whoever reads the socket is
// net/listener's caller. Strict: security rule 13.
#pragma once

#include "proxy/config/address.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace portcullis::net {

inline constexpr std::size_t proxy_probe_size = 16;          ///< bytes to read before proxy_header_size can tell
inline constexpr std::size_t proxy_v1_max_size = 107;        ///< with its CRLF
inline constexpr std::size_t proxy_v2_max_size = 16 + 2048;  ///< what is accepted of a v2 header

struct proxy_header {
    bool local = false;  ///< v2 LOCAL or v1 UNKNOWN: the connection is the proxy's own, keep the socket's addresses
    config::ip_address source;
    std::uint16_t source_port = 0;
    config::ip_address destination;
    std::uint16_t destination_port = 0;
};

/// How the first `proxy_probe_size` bytes go on. `needed`: total bytes of a v2 header (16 + its length field), or 0 for
/// v1, whose end is found by its CRLF. Errors (boost::system::errc::protocol_error): neither v1 nor v2, v2 longer than
/// proxy_v2_max_size, unknown version or command.
struct proxy_probe {
    bool v1 = false;
    std::size_t needed = 0;
};
[[nodiscard]] boost::system::result<proxy_probe> probe_proxy_header(std::span<const std::uint8_t> first);

/// Parses a whole header, v1 with its CRLF. v2: AF_INET, AF_INET6 with STREAM; AF_UNSPEC and AF_UNIX count as local.
[[nodiscard]] boost::system::result<proxy_header> parse_proxy_header(std::span<const std::uint8_t> header);

/// The TLS facts a v2 header carries to the aggregator (PP2_TYPE_SSL).
struct proxy_tls_facts {
    std::string version;
    std::string cipher;
    std::string common_name;  ///< empty: no client certificate
    bool verified = false;
};

/// A v2 header, PROXY command. No source (a unix client): LOCAL.
[[nodiscard]] std::vector<std::uint8_t> make_proxy_header(const std::optional<proxy_header>& addresses,
                                                          const std::optional<proxy_tls_facts>& tls);

}  // namespace portcullis::net
