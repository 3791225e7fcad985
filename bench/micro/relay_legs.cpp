#include "bench/micro/relay_legs.hpp"

#include <boost/system/system_error.hpp>

#include <csignal>
#include <netinet/in.h>
#include <sys/socket.h>

namespace portcullis::bench {
namespace {

/// Work for a peer: the handshake, where there is a context, and then `talk`.
std::function<void(int)> work_of(SSL_CTX* context, int (*shake)(SSL*), conversation talk) {
    return [=](int socket) {
        if (context == nullptr) return talk({socket, nullptr});
        ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets without MSG_NOSIGNAL
        const certs::ssl_ptr ssl(SSL_new(context));
        SSL_set_fd(ssl.get(), socket);
        if (shake(ssl.get()) == 1) talk({socket, ssl.get()});
    };
}

net::tls_stream stream_of(net::asio::io_context& context, descriptor socket) {
    const net::asio::generic::stream_protocol tcp(AF_INET, IPPROTO_TCP);
    return net::tls_stream(net::stream_socket(context, tcp, socket.release()));
}

net::awaitable<void> shake_hands(relay_legs& both, const tls_ends& ends, net::error_code& error) {
    error = co_await both.aggregator().connect_tls(certs::ssl_ptr(SSL_new(ends.client.get())));
    if (!error) error = co_await both.client().accept_tls(ends.server.get());
}

}  // namespace

bool peer_end::send(std::span<const std::uint8_t> bytes) const {
    if (ssl != nullptr) return SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())) > 0;
    while (!bytes.empty()) {
        const auto size = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(size));
    }
    return true;
}

bool peer_end::receive(std::span<std::uint8_t> into) const {
    if (ssl != nullptr) return SSL_read(ssl, into.data(), static_cast<int>(into.size())) > 0;
    return ::recv(socket, into.data(), into.size(), 0) > 0;
}

relay_legs::relay_legs(const tls_ends* ends, conversation of_aggregator, conversation of_client)
    : relay_legs(ends, of_aggregator, of_client, connect_over_loopback(), connect_over_loopback()) {
    if (ends == nullptr) return;
    net::error_code error;
    run(shake_hands(*this, *ends, error));
    if (error) throw boost::system::system_error(error);
}

relay_legs::relay_legs(const tls_ends* ends, conversation of_aggregator, conversation of_client, tcp_pair in,
                       tcp_pair out)
    : aggregators_end_(std::move(in.far),
                       work_of(ends != nullptr ? ends->server.get() : nullptr, SSL_accept, of_aggregator)),
      clients_end_(std::move(out.far), work_of(ends != nullptr ? ends->client.get() : nullptr, SSL_connect, of_client)),
      aggregator_(stream_of(context_, std::move(in.near))),
      client_(stream_of(context_, std::move(out.near))) {}

void relay_legs::run(net::awaitable<void> work) {
    context_.restart();
    net::asio::co_spawn(context_, std::move(work), net::asio::detached);
    context_.run();
}

}  // namespace portcullis::bench
