#include "proxy/net/proxy_header.hpp"
#include "proxy/net/proxy_v2.hpp"

#include <algorithm>
#include <string_view>

namespace portcullis::net {
namespace {

using bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t local_command = 0x20;
constexpr std::uint8_t proxy_command = 0x21;
constexpr std::uint8_t tcp_over_v4 = 0x11;
constexpr std::uint8_t tcp_over_v6 = 0x21;

// The specification's names, section 2.2.6.
constexpr std::uint8_t pp2_type_ssl = 0x20;
constexpr std::uint8_t pp2_subtype_ssl_version = 0x21;
constexpr std::uint8_t pp2_subtype_ssl_cn = 0x22;
constexpr std::uint8_t pp2_subtype_ssl_cipher = 0x23;
constexpr std::uint8_t pp2_client_ssl = 0x01;
constexpr std::uint8_t pp2_client_cert_conn = 0x02;
constexpr std::uint8_t pp2_client_cert_sess = 0x04;

// A name that does not fit is left out, as one cut short could be somebody else's.
constexpr std::size_t longest_value = 512;

void append_16(bytes& out, std::size_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value));
}

void append_record(bytes& out, std::uint8_t type, std::string_view value) {
    if (value.empty() || value.size() > longest_value) return;
    out.push_back(type);
    append_16(out, value.size());
    out.insert(out.end(), value.begin(), value.end());
}

bytes ssl_record(const proxy_tls_facts& tls) {
    auto client = pp2_client_ssl;
    if (tls.verified) client |= pp2_client_cert_sess;
    if (tls.verified && !tls.resumed) client |= pp2_client_cert_conn;
    bytes value{client, 0, 0, 0, static_cast<std::uint8_t>(tls.verified ? 0 : 1)};  // zero: verified
    append_record(value, pp2_subtype_ssl_version, tls.version);
    if (tls.verified) append_record(value, pp2_subtype_ssl_cn, tls.common_name);
    append_record(value, pp2_subtype_ssl_cipher, tls.cipher);

    bytes out{pp2_type_ssl};
    append_16(out, value.size());
    out.insert(out.end(), value.begin(), value.end());
    return out;
}

void append_address(bytes& out, const config::ip_address& address, bool v4) {
    const auto& all = address.bytes();
    out.insert(out.end(), all.begin() + (v4 ? 12 : 0), all.end());
}

}  // namespace

std::vector<std::uint8_t> make_proxy_header(const std::optional<proxy_header>& addresses,
                                            const std::optional<proxy_tls_facts>& tls) {
    bytes out;
    out.reserve(256);  // most headers; and g++ 12 at -O3 thinks a vector of just the signature overflows
    out.insert(out.end(), proxy_v2_signature.begin(), proxy_v2_signature.end());
    if (!addresses || addresses->local) {
        out.insert(out.end(), {local_command, 0, 0, 0});
        return out;
    }
    // A client of one family at a gate of the other (a dual-stack socket): both as IPv6, the IPv4 one mapped.
    const bool v4 = addresses->source.is_v4() && addresses->destination.is_v4();
    bytes rest;
    append_address(rest, addresses->source, v4);
    append_address(rest, addresses->destination, v4);
    append_16(rest, addresses->source_port);
    append_16(rest, addresses->destination_port);
    if (tls) {
        const auto record = ssl_record(*tls);
        rest.insert(rest.end(), record.begin(), record.end());
    }
    out.insert(out.end(), {proxy_command, v4 ? tcp_over_v4 : tcp_over_v6});
    append_16(out, rest.size());
    out.insert(out.end(), rest.begin(), rest.end());
    return out;
}

}  // namespace portcullis::net
