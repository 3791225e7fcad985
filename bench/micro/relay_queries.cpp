// What the gate's own streams cost for a query and its answer, of one client that waits for each: two small messages,
// each received on one leg and sent on the other.
#include "bench/micro/relay_legs.hpp"

#include <array>
#include <benchmark/benchmark.h>

namespace portcullis::bench {
namespace {

// A COM_QUERY with a statement of 50 bytes, a result of about 120 bytes.
constexpr std::size_t query_size = 55;
constexpr std::size_t answer_size = 124;

void ask_for_ever(const peer_end& end) {
    const std::array<std::uint8_t, query_size> query{};
    std::array<std::uint8_t, answer_size> answer{};
    while (end.send(query) && end.receive(answer)) continue;
}

void answer_for_ever(const peer_end& end) {
    std::array<std::uint8_t, query_size> query{};
    const std::array<std::uint8_t, answer_size> answer{};
    while (end.receive(query) && end.send(answer)) continue;
}

net::awaitable<void> pass_on(net::tls_stream& from, net::tls_stream& to, net::error_code& error) {
    const auto message = co_await from.read_some();
    if (message)
        error = co_await to.write(*message);
    else
        error = message.error();
}

net::awaitable<void> pass_on_queries(relay_legs& both, std::size_t queries, net::error_code& error) {
    for (std::size_t i = 0; i < queries && !error; ++i) {
        co_await pass_on(both.client(), both.aggregator(), error);
        if (!error) co_await pass_on(both.aggregator(), both.client(), error);
    }
}

void relay(benchmark::State& state, const tls_ends* ends) {
    constexpr std::size_t per_iteration = 16;
    relay_legs both(ends, answer_for_ever, ask_for_ever);
    net::error_code error;
    const double began = thread_cpu_seconds();
    for ([[maybe_unused]] auto each : state) {
        both.run(pass_on_queries(both, per_iteration, error));
        if (error) {
            state.SkipWithError(error.message().c_str());
            break;
        }
    }
    const auto queries = state.iterations() * static_cast<std::int64_t>(per_iteration);
    state.counters["cpu_us_per_query"] = (thread_cpu_seconds() - began) / static_cast<double>(queries) * 1e6;
    state.SetItemsProcessed(queries);
}

void plaintext(benchmark::State& state) {
    relay(state, nullptr);
}

void tls(benchmark::State& state, const char* version, const char* cipher) {
    const tls_ends ends({version, certs::key_type::ecdsa_p256, cipher, false});
    relay(state, &ends);
}

BENCHMARK(plaintext)->Name("relay/queries/plaintext");
BENCHMARK_CAPTURE(tls, in_1_3, "TLSv1.3", "TLS_AES_256_GCM_SHA384")->Name("relay/queries/TLSv1.3/AES-256-GCM");
BENCHMARK_CAPTURE(tls, in_1_2, "TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384")->Name("relay/queries/TLSv1.2/AES-256-GCM");

}  // namespace
}  // namespace portcullis::bench
