// From an aggregator's name to a connection that waits for a HandshakeResponse: connect, PROXY header, greeting,
// SSLRequest, TLS with both certificates.
// Sends no user name and no byte of authentication: security rule 3.
#pragma once

#include "proxy/cluster/cluster.hpp"
#include "proxy/net/deadline.hpp"
#include "proxy/net/packet_channel.hpp"
#include "proxy/net/proxy_header.hpp"

#include <memory>
#include <optional>
#include <string>

namespace portcullis::cluster {

struct dial_request {
    net::clock::time_point until;                            ///< everything must be done by then
    protocol::capability_flags capabilities = 0;             ///< said in the SSLRequest, CLIENT_SSL aside
    protocol::capability_flags capabilities_if_offered = 0;  ///< likewise, where the member's greeting has them
    std::uint32_t max_packet_size = 1U << 24U;
    std::uint8_t character_set = 45;
    std::optional<net::proxy_header> client;  ///< for proxy_protocol; none: a LOCAL header
    std::optional<net::proxy_tls_facts> client_tls;
};

/// A connection to a member, or the reason why there is none: in words, for the log alone.
struct dialled {
    std::unique_ptr<net::packet_channel> channel;  ///< null: failed
    protocol::greeting greeting;
    std::string failure;
    std::chrono::nanoseconds tls_time{0};  ///< the handshake's alone; 0: none

    [[nodiscard]] explicit operator bool() const { return channel != nullptr; }
};

[[nodiscard]] net::awaitable<dialled> dial(const cluster& where, aggregator& member, dial_request request);

}  // namespace portcullis::cluster
