// What the gate's own streams cost when they pass a download on from an aggregator to a client, as command_relay does,
// but without looking at it: to be compared with the floor.
#include "bench/micro/relay_legs.hpp"
#include "bench/micro/throughput.hpp"

#include <benchmark/benchmark.h>

namespace portcullis::bench {
namespace {

constexpr std::size_t chunk_size = 64UL * 1024;

void send_for_ever(const peer_end& end) {
    const std::vector<std::uint8_t> bytes(chunk_size, 'x');
    while (end.send(bytes)) continue;
}

void receive_for_ever(const peer_end& end) {
    std::vector<std::uint8_t> bytes(chunk_size);
    while (end.receive(bytes)) continue;
}

struct progress {
    std::int64_t bytes = 0;
    net::error_code error;
};

/// Passes on so many chunks as they come.
net::awaitable<void> pass_on(relay_legs& both, std::size_t chunks, progress& so_far) {
    for (std::size_t i = 0; i < chunks && !so_far.error; ++i) {
        const auto chunk = co_await both.aggregator().read_some();
        if (!chunk) {
            so_far.error = chunk.error();
            co_return;
        }
        so_far.bytes += static_cast<std::int64_t>(chunk->size());
        so_far.error = co_await both.client().write(*chunk);
    }
}

void relay(benchmark::State& state, const tls_ends* ends) {
    constexpr std::size_t per_iteration = 16;
    relay_legs both(ends, send_for_ever, receive_for_ever);
    progress so_far;
    const throughput measured;
    for ([[maybe_unused]] auto each : state) {
        both.run(pass_on(both, per_iteration, so_far));
        if (so_far.error) {
            state.SkipWithError(so_far.error.message().c_str());
            break;
        }
    }
    measured.report(state, so_far.bytes);
}

void plaintext(benchmark::State& state) {
    relay(state, nullptr);
}

void tls(benchmark::State& state, const char* version, const char* cipher) {
    const tls_ends ends({version, certs::key_type::ecdsa_p256, cipher, false});
    relay(state, &ends);
}

BENCHMARK(plaintext)->Name("relay/bulk/plaintext");
BENCHMARK_CAPTURE(tls, aes_256, "TLSv1.3", "TLS_AES_256_GCM_SHA384")->Name("relay/bulk/TLSv1.3/AES-256-GCM");
BENCHMARK_CAPTURE(tls, aes_128, "TLSv1.3", "TLS_AES_128_GCM_SHA256")->Name("relay/bulk/TLSv1.3/AES-128-GCM");
BENCHMARK_CAPTURE(tls, chacha, "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256")->Name("relay/bulk/TLSv1.3/ChaCha20-Poly1305");
BENCHMARK_CAPTURE(tls, in_1_2, "TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384")->Name("relay/bulk/TLSv1.2/AES-256-GCM");

}  // namespace
}  // namespace portcullis::bench
