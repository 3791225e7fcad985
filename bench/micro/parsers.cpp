// What reading the messages of a login costs: real servers' and drivers' bytes, and a load balancer's header.
#include "protocol/auth_messages.hpp"
#include "protocol/connect_attributes.hpp"
#include "protocol/greeting.hpp"
#include "protocol/handshake_response.hpp"
#include "proxy/net/proxy_header.hpp"
#include "tests/unit/protocol/captures/clients.hpp"
#include "tests/unit/protocol/captures/hex.hpp"
#include "tests/unit/protocol/captures/servers.hpp"

#include <benchmark/benchmark.h>

namespace portcullis::bench {
namespace {

namespace captures = protocol::captures;
using protocol::bytes;
using protocol::bytes_view;

/// `parse` gives a result whose error would end the benchmark.
template <class Parse>
void run(benchmark::State& state, bytes_view message, const Parse& parse) {
    for ([[maybe_unused]] auto each : state) {
        auto parsed = parse(message);
        if (!parsed) {
            state.SkipWithError("the message was not understood");
            break;
        }
        benchmark::DoNotOptimize(parsed);
    }
    state.SetItemsProcessed(state.iterations());
}

void greeting(benchmark::State& state, std::string_view captured) {
    run(state, captures::from_hex(captured), protocol::parse_greeting);
}

void ssl_request(benchmark::State& state) {
    run(state, captures::from_hex(captures::mysql_client_to_mysql_lts_ssl_request), protocol::parse_ssl_request);
}

void handshake_response(benchmark::State& state, std::string_view captured) {
    run(state, captures::from_hex(captured),
        [](bytes_view message) { return protocol::parse_handshake_response(message, true); });
}

void auth_switch_request(benchmark::State& state, std::string_view captured) {
    run(state, captures::from_hex(captured), protocol::parse_auth_switch_request);
}

void connect_attributes(benchmark::State& state) {
    const auto message = captures::from_hex(captures::mysql_client_to_mysql_lts_in_tls);
    const auto block = protocol::parse_handshake_response(message, true).value().connect_attributes;
    for ([[maybe_unused]] auto each : state) {
        auto parsed = protocol::parse_connect_attributes(block);
        benchmark::DoNotOptimize(parsed);
    }
    state.SetItemsProcessed(state.iterations());
}

void proxy_v1(benchmark::State& state) {
    const auto header = protocol::as_bytes("PROXY TCP4 203.0.113.7 192.0.2.1 51234 3306\r\n");
    run(state, header, net::parse_proxy_header);
}

void proxy_v2(benchmark::State& state) {
    net::proxy_header addresses;
    addresses.source = config::ip_address::parse("203.0.113.7").value();
    addresses.source_port = 51234;
    addresses.destination = config::ip_address::parse("192.0.2.1").value();
    addresses.destination_port = 3306;
    const auto header = net::make_proxy_header(
        addresses, net::proxy_tls_facts{"TLSv1.3", "TLS_AES_256_GCM_SHA384", "app", true, false});
    run(state, header, net::parse_proxy_header);
}

BENCHMARK_CAPTURE(greeting, mariadb, captures::mariadb_greeting)->Name("parsers/greeting/MariaDB");
BENCHMARK_CAPTURE(greeting, mysql, captures::mysql_lts_greeting)->Name("parsers/greeting/MySQL");
BENCHMARK(ssl_request)->Name("parsers/ssl_request");
BENCHMARK_CAPTURE(handshake_response, mariadb, captures::mariadb_client_to_mariadb_in_tls)
    ->Name("parsers/handshake_response/mariadb_client");
BENCHMARK_CAPTURE(handshake_response, mysql, captures::mysql_client_to_mysql_lts_in_tls)
    ->Name("parsers/handshake_response/mysql_client");
BENCHMARK_CAPTURE(auth_switch_request, native, captures::mariadb_switch_to_native)
    ->Name("parsers/auth_switch_request/mysql_native_password");
BENCHMARK_CAPTURE(auth_switch_request, sha2, captures::mysql_lts_switch_to_caching_sha2)
    ->Name("parsers/auth_switch_request/caching_sha2_password");
BENCHMARK(connect_attributes)->Name("parsers/connect_attributes");
BENCHMARK(proxy_v1)->Name("parsers/proxy_header/v1");
BENCHMARK(proxy_v2)->Name("parsers/proxy_header/v2");

}  // namespace
}  // namespace portcullis::bench
