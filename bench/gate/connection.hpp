// One client of the load: connect, TLS, login, exchanges, quit. Errors are in words, for whoever reads the report.
// Measures nothing.
#pragma once

#include "bench/gate/endpoint.hpp"
#include "protocol/greeting.hpp"
#include "protocol/infile_watch.hpp"
#include "proxy/cluster/tls_session_store.hpp"
#include "proxy/net/packet_channel.hpp"

#include <string>

namespace portcullis::bench {

class connection {
public:
    /// `sessions`: where TLS sessions are kept for the next connection; must outlive this one.
    connection(net::asio::io_context& context, const endpoint& to, cluster::tls_session_store& sessions);

    /// Up to the server's OK. Returns what failed, empty if nothing.
    [[nodiscard]] net::awaitable<std::string> open();

    /// Up to the server's greeting, without a byte from here. Plaintext and in-band transports. Returns what failed, a
    /// refusal in the greeting's place included.
    [[nodiscard]] net::awaitable<std::string> knock();

    /// Sends a whole COM_QUERY packet and reads the whole reply. Returns what failed, an ERR included.
    [[nodiscard]] net::awaitable<std::string> exchange(protocol::bytes_view packet);

    [[nodiscard]] net::awaitable<void> quit();

    /// Bytes of packets that went either way after the login.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] bool resumed() const { return resumed_; }
    /// By OpenSSL's names; nullptr without TLS.
    [[nodiscard]] const char* tls_version() const { return tls_version_; }
    [[nodiscard]] const char* cipher() const { return cipher_; }

private:
    net::awaitable<std::string> start_tls();
    net::awaitable<std::string> greet(protocol::greeting& out);
    net::awaitable<std::string> read_reply();

    const endpoint& to_;
    cluster::tls_session_store& sessions_;
    net::packet_channel channel_;
    protocol::infile_watch replies_;
    std::uint64_t bytes_ = 0;
    const char* tls_version_ = nullptr;
    const char* cipher_ = nullptr;
    bool resumed_ = false;
};

}  // namespace portcullis::bench
