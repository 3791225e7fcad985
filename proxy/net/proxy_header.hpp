// The PROXY protocol's headers, v1 and v2: read from load balancers, written (v2) to aggregators.
// Source: HAProxy, "The PROXY protocol", versions 1 & 2. Bytes in, values out: whoever reads the socket is
// net/listener's caller. Strict: security rule 13.
#pragma once

#include "proxy/config/address.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace portcullis::net {

inline constexpr std::size_t proxy_v1_max_size = 107;        ///< with its CRLF
inline constexpr std::size_t proxy_v2_max_size = 16 + 2048;  ///< what is accepted of a v2 header; size of the buffer

struct proxy_header {
    bool local = false;  ///< v2 LOCAL or v1 UNKNOWN: the connection is the proxy's own, keep the socket's addresses
    config::ip_address source;
    std::uint16_t source_port = 0;
    config::ip_address destination;
    std::uint16_t destination_port = 0;
};

/// How many bytes may be read next, given the header's beginning, so that a read never goes past its end: what follows
/// belongs to the client. 0: the header is whole. Never asks for more than it needs to wait for: "PROXY UNKNOWN\r\n" is
/// the shortest header and one byte shorter than v2's fixed part, so a fixed first read of 16 could hang.
/// Errors (errc::protocol_error): neither v1 nor v2, v1 without CRLF within proxy_v1_max_size, v2 longer than
/// proxy_v2_max_size, unknown version or command.
[[nodiscard]] boost::system::result<std::size_t> proxy_bytes_wanted(std::span<const std::uint8_t> so_far);

/// Parses a whole header, v1 with its CRLF. v2: AF_INET, AF_INET6 with STREAM; AF_UNSPEC and AF_UNIX count as local.
/// Errors (errc::protocol_error): anything the specification does not allow, a wrong CRC32c TLV among it.
[[nodiscard]] boost::system::result<proxy_header> parse_proxy_header(std::span<const std::uint8_t> header);

/// The TLS facts a v2 header carries to the aggregator (PP2_TYPE_SSL).
struct proxy_tls_facts {
    std::string version;
    std::string cipher;
    std::string common_name;  ///< empty: no client certificate, or one without a CN
    bool verified = false;    ///< the client showed a certificate, and its chain was verified
    bool resumed = false;     ///< then the certificate belongs to the session, not to this connection
};

/// A v2 header, PROXY command. No source (a unix client): LOCAL.
[[nodiscard]] std::vector<std::uint8_t> make_proxy_header(const std::optional<proxy_header>& addresses,
                                                          const std::optional<proxy_tls_facts>& tls);

}  // namespace portcullis::net
