// What watching an established session costs, in chunks as one recv brings them: the client's commands, the ends of the
// aggregator's replies and, where LOCAL_FILES was negotiated, the replies themselves.
#include "protocol/command_watch.hpp"
#include "protocol/infile_watch.hpp"
#include "protocol/packet.hpp"
#include "protocol/packet_boundary.hpp"
#include "protocol/writer.hpp"

#include <benchmark/benchmark.h>

namespace portcullis::bench {
namespace {

using protocol::bytes;
using protocol::bytes_view;

constexpr std::size_t chunk_size = 64UL * 1024;

/// A COM_QUERY of a statement of 50 bytes.
bytes small_command() {
    protocol::writer payload;
    payload.int1(static_cast<std::uint8_t>(protocol::command::query));
    payload.raw(protocol::as_bytes("SELECT name, price FROM items WHERE id = 123456789"));
    return payload.take();
}

/// As many of the same packet as fit a chunk.
bytes chunk_of(const bytes& payload, std::uint8_t sequence_id) {
    bytes chunk;
    while (chunk.size() + protocol::packet_header_size + payload.size() <= chunk_size)
        protocol::append_packet(chunk, sequence_id, payload);
    return chunk;
}

/// A chunk and what follows it of a command of 8 MiB.
bytes long_command() {
    bytes payload = small_command();
    payload.resize(8UL * 1024 * 1024, 'x');
    bytes packet;
    protocol::append_packet(packet, 0, payload);
    return packet;
}

/// Rows of 120 bytes that number on. Before them a column and its EOF, behind them the EOF that ends the result.
bytes result_of_rows(std::size_t rows) {
    bytes out;
    std::uint8_t sequence_id = 1;
    const auto add = [&](const bytes& payload) { protocol::append_packet(out, sequence_id++, payload); };
    const bytes eof{0xfe, 0, 0, 2, 0};
    add({1});
    add(bytes(40, 3));
    add(eof);
    bytes row(120, 'r');
    row.front() = 119;
    for (std::size_t i = 0; i < rows; ++i) add(row);
    add(eof);
    return out;
}

template <class Take>
void for_each_chunk(bytes_view stream, const Take& take) {
    while (!stream.empty()) {
        const auto chunk = stream.first(std::min(chunk_size, stream.size()));
        take(chunk);
        stream = stream.subspan(chunk.size());
    }
}

void count(benchmark::State& state, const bytes& stream, std::size_t packets) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(packets));
}

void commands(benchmark::State& state, const bytes& stream, std::size_t packets) {
    protocol::command_watch watch;
    for ([[maybe_unused]] auto each : state) {
        for_each_chunk(stream, [&](bytes_view chunk) {
            auto verdict = watch.examine(chunk);
            benchmark::DoNotOptimize(verdict);
        });
    }
    count(state, stream, packets);
}

void small_commands(benchmark::State& state) {
    const auto stream = chunk_of(small_command(), 0);
    commands(state, stream, stream.size() / (small_command().size() + protocol::packet_header_size));
}

void one_command(benchmark::State& state) {
    bytes packet;
    protocol::append_packet(packet, 0, small_command());
    commands(state, packet, 1);
}

void long_commands(benchmark::State& state) {
    commands(state, long_command(), 1);
}

void reply_ends(benchmark::State& state, const bytes& stream, std::size_t packets) {
    protocol::packet_boundary boundary;
    for ([[maybe_unused]] auto each : state) {
        for_each_chunk(stream, [&](bytes_view chunk) { boundary.feed(chunk); });
        benchmark::DoNotOptimize(boundary);
    }
    count(state, stream, packets);
}

void reply_ends_of_rows(benchmark::State& state) {
    constexpr std::size_t rows = 500;
    reply_ends(state, result_of_rows(rows), rows + 4);
}

void reply_ends_of_long_row(benchmark::State& state) {
    reply_ends(state, long_command(), 1);
}

void replies_with_local_files(benchmark::State& state) {
    constexpr std::size_t rows = 500;
    const auto stream = result_of_rows(rows);
    protocol::infile_watch watch(protocol::client_protocol_41 | protocol::client_local_files);
    for ([[maybe_unused]] auto each : state) {
        watch.expect_reply_to(static_cast<std::uint8_t>(protocol::command::query));
        watch.client_packet(0);
        for_each_chunk(stream, [&](bytes_view chunk) { watch.feed(chunk); });
        if (!watch.replied()) {
            state.SkipWithError("the reply was not understood");
            break;
        }
    }
    count(state, stream, rows + 4);
}

BENCHMARK(one_command)->Name("packet_walk/commands/one");
BENCHMARK(small_commands)->Name("packet_walk/commands/64_KiB_of_small");
BENCHMARK(long_commands)->Name("packet_walk/commands/8_MiB_long");
BENCHMARK(reply_ends_of_rows)->Name("packet_walk/reply_ends/rows");
BENCHMARK(reply_ends_of_long_row)->Name("packet_walk/reply_ends/8_MiB_long");
BENCHMARK(replies_with_local_files)->Name("packet_walk/replies_with_local_files/rows");

}  // namespace
}  // namespace portcullis::bench
