// What the gate's own streams cost when they pass bytes on from one connection to another, as command_relay does, but
// without looking at them: to be compared with the floor. The peers are OpenSSL in threads of their own.
#include "bench/micro/loopback.hpp"
#include "bench/micro/throughput.hpp"
#include "bench/micro/tls_ends.hpp"
#include "proxy/net/tls_stream.hpp"

#include <benchmark/benchmark.h>
#include <csignal>

namespace portcullis::bench {
namespace {

constexpr std::size_t chunk_size = 64UL * 1024;

/// Work for a peer: the handshake, then `talk` with the connection.
std::function<void(int)> in_tls(SSL_CTX* context, int (*shake)(SSL*), void (*talk)(SSL*)) {
    return [=](int socket) {
        ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets without MSG_NOSIGNAL
        const certs::ssl_ptr ssl(SSL_new(context));
        SSL_set_fd(ssl.get(), socket);
        if (shake(ssl.get()) == 1) talk(ssl.get());
    };
}

void send_for_ever(SSL* ssl) {
    const std::vector<std::uint8_t> bytes(chunk_size, 'x');
    while (SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())) > 0) continue;
}

void receive_for_ever(SSL* ssl) {
    std::vector<std::uint8_t> bytes(chunk_size);
    while (SSL_read(ssl, bytes.data(), static_cast<int>(bytes.size())) > 0) continue;
}

net::tls_stream stream_of(net::asio::io_context& context, descriptor socket) {
    const net::asio::generic::stream_protocol tcp(AF_INET, IPPROTO_TCP);
    return net::tls_stream(net::stream_socket(context, tcp, socket.release()));
}

struct legs {
    net::tls_stream aggregator;
    net::tls_stream client;
};

net::awaitable<void> shake_hands(legs& both, SSL_CTX* of_aggregator, SSL_CTX* of_client, net::error_code& error) {
    if (of_aggregator != nullptr) error = co_await both.aggregator.connect_tls(certs::ssl_ptr(SSL_new(of_aggregator)));
    if (!error && of_client != nullptr) error = co_await both.client.accept_tls(of_client);
}

/// Passes on one chunk as it comes.
net::awaitable<void> pass_on(legs& both, std::size_t& bytes, net::error_code& error) {
    const auto chunk = co_await both.aggregator.read_some();
    if (!chunk) {
        error = chunk.error();
        co_return;
    }
    bytes = chunk->size();
    error = co_await both.client.write(*chunk);
}

void run(net::asio::io_context& context, net::awaitable<void> work) {
    context.restart();
    net::asio::co_spawn(context, std::move(work), net::asio::detached);
    context.run();
}

/// From an aggregator to a client: a download.
void relay(benchmark::State& state, legs& both, net::asio::io_context& context) {
    constexpr std::size_t per_iteration = 16;
    std::int64_t total = 0;
    net::error_code error;
    const throughput measured;
    for ([[maybe_unused]] auto each : state) {
        auto work = [&]() -> net::awaitable<void> {
            for (std::size_t i = 0; i < per_iteration && !error; ++i) {
                std::size_t bytes = 0;
                co_await pass_on(both, bytes, error);
                total += static_cast<std::int64_t>(bytes);
            }
        };
        run(context, work());
        if (error) {
            state.SkipWithError(error.message().c_str());
            break;
        }
    }
    measured.report(state, total);
}

void tls_to_tls(benchmark::State& state, const tls_choice& choice) {
    const tls_ends ends(choice);
    auto in = connect_over_loopback();
    auto out = connect_over_loopback();
    net::asio::io_context context(1);
    const peer aggregator(std::move(in.far), in_tls(ends.server.get(), SSL_accept, send_for_ever));
    const peer client(std::move(out.far), in_tls(ends.client.get(), SSL_connect, receive_for_ever));
    legs both{stream_of(context, std::move(in.near)), stream_of(context, std::move(out.near))};
    net::error_code error;
    run(context, shake_hands(both, ends.client.get(), ends.server.get(), error));
    if (error) return state.SkipWithError(error.message().c_str());
    relay(state, both, context);
}

void plaintext(benchmark::State& state) {
    auto in = connect_over_loopback();
    auto out = connect_over_loopback();
    net::asio::io_context context(1);
    const peer aggregator(std::move(in.far), feed(std::vector<std::uint8_t>(chunk_size, 'x')));
    const peer client(std::move(out.far), drain);
    legs both{stream_of(context, std::move(in.near)), stream_of(context, std::move(out.near))};
    relay(state, both, context);
}

const auto aes_256 = tls_choice{"TLSv1.3", certs::key_type::ecdsa_p256, "TLS_AES_256_GCM_SHA384", false};
const auto aes_128 = tls_choice{"TLSv1.3", certs::key_type::ecdsa_p256, "TLS_AES_128_GCM_SHA256", false};
const auto chacha20 = tls_choice{"TLSv1.3", certs::key_type::ecdsa_p256, "TLS_CHACHA20_POLY1305_SHA256", false};
const auto aes_256_in_1_2 = tls_choice{"TLSv1.2", certs::key_type::ecdsa_p256, "ECDHE-ECDSA-AES256-GCM-SHA384", false};

BENCHMARK(plaintext)->Name("tls_relay/plaintext");
BENCHMARK_CAPTURE(tls_to_tls, aes_256, aes_256)->Name("tls_relay/TLSv1.3/AES-256-GCM");
BENCHMARK_CAPTURE(tls_to_tls, aes_128, aes_128)->Name("tls_relay/TLSv1.3/AES-128-GCM");
BENCHMARK_CAPTURE(tls_to_tls, chacha20, chacha20)->Name("tls_relay/TLSv1.3/ChaCha20-Poly1305");
BENCHMARK_CAPTURE(tls_to_tls, aes_256_in_1_2, aes_256_in_1_2)->Name("tls_relay/TLSv1.2/AES-256-GCM");

}  // namespace
}  // namespace portcullis::bench
