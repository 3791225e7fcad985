// The two connections of a session as the gate has them, each a net::tls_stream, on the measured thread; their peers
// are OpenSSL in threads of their own. What passes between the two is the benchmark's.
#pragma once

#include "bench/micro/loopback.hpp"
#include "bench/micro/tls_ends.hpp"
#include "proxy/net/tls_stream.hpp"

#include <span>

namespace portcullis::bench {

/// A peer's end, in TLS or, where `ssl` is null, in plaintext. Both calls block, and are false once the connection
/// ends.
struct peer_end {
    int socket = -1;
    SSL* ssl = nullptr;

    /// Sends all of it.
    [[nodiscard]] bool send(std::span<const std::uint8_t> bytes) const;
    /// Receives what there is, at most as much as fits.
    [[nodiscard]] bool receive(std::span<std::uint8_t> into) const;
};

using conversation = void (*)(const peer_end&);

class relay_legs {
public:
    /// Connects both legs, with a handshake on each where there are `ends`, which outlive this. What the peers then do
    /// until their connection ends is `of_aggregator` and `of_client`. Throws boost::system::system_error.
    relay_legs(const tls_ends* ends, conversation of_aggregator, conversation of_client);

    [[nodiscard]] net::tls_stream& aggregator() { return aggregator_; }
    [[nodiscard]] net::tls_stream& client() { return client_; }
    /// Runs `work` to its end on the calling thread.
    void run(net::awaitable<void> work);

private:
    relay_legs(const tls_ends* ends, conversation of_aggregator, conversation of_client, tcp_pair in, tcp_pair out);

    net::asio::io_context context_{1};
    peer aggregators_end_;
    peer clients_end_;
    net::tls_stream aggregator_;  // closed before the peers are waited for
    net::tls_stream client_;
};

}  // namespace portcullis::bench
