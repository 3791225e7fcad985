// One leg's packets until OK: whole payloads in and out, sequence ids checked and counted. After OK bytes, in any
// split, out of compressed frames where the leg has them; take_rest() hands over what was read too far.
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/packet.hpp"
#include "proxy/net/compression.hpp"
#include "proxy/net/tls_stream.hpp"

#include <utility>

namespace portcullis::net {

class packet_channel {
public:
    explicit packet_channel(stream_socket socket) : stream_(std::move(socket)) {}

    [[nodiscard]] tls_stream& stream() { return stream_; }
    [[nodiscard]] const tls_stream& stream() const { return stream_; }

    /// Reads one packet's payload, at most protocol::max_login_payload bytes. Errors: payload_too_large,
    /// bad_sequence_id, those of tls_stream.
    [[nodiscard]] awaitable<result<protocol::bytes>> read();

    /// As read(), but takes from the kernel exactly this packet: for the packet that may be followed by a TLS
    /// handshake. Plaintext only.
    [[nodiscard]] awaitable<result<protocol::bytes>> read_exactly_one();

    [[nodiscard]] awaitable<error_code> write(protocol::bytes_view payload);
    /// The same without waiting: true if the socket took the whole packet. What it did not take is sent by the next
    /// write.
    [[nodiscard]] bool write_now(protocol::bytes_view payload);

    /// Behind OK: what came next, out of its frames if the leg is compressed; scratch::headroom bytes before it are the
    /// caller's. Valid until the next suspension. Never empty. Errors: bad_compression, those of tls_stream.
    [[nodiscard]] awaitable<result<std::span<std::uint8_t>>> read_some();

    /// The same without a coroutine, as tls_stream::try_read().
    [[nodiscard]] result<std::span<std::uint8_t>> try_read();

    /// Sends all of `data`, as tls_stream::write does.
    [[nodiscard]] awaitable<error_code> send(std::span<const std::uint8_t> data);

    /// The same without a coroutine, as tls_stream::try_write().
    [[nodiscard]] error_code try_send(std::span<const std::uint8_t> data);

    /// From here on both directions are compressed: what was read too far is a frame's beginning.
    void compress(compression algorithm, int level);
    [[nodiscard]] bool is_compressed() const { return frames_ != nullptr; }

    /// The next packet, either way, begins a new exchange with this sequence id.
    void restart(std::uint8_t sequence_id) { sequence_id_ = sequence_id; }

    /// Plaintext kept by read() beyond the last packet; the channel has none afterwards.
    [[nodiscard]] protocol::bytes take_rest() { return std::exchange(buffer_, {}); }
    /// The opposite: the next read() begins with these bytes. Precondition: the channel has no rest.
    void give_back(protocol::bytes rest) { buffer_ = std::move(rest); }

private:
    [[nodiscard]] protocol::bytes next_packet(protocol::bytes_view payload);
    [[nodiscard]] error_code check(const protocol::packet_header& header);

    tls_stream stream_;
    protocol::bytes buffer_;                     ///< secret until OK: may hold passwords
    std::unique_ptr<compressed_frames> frames_;  ///< null: not compressed
    std::uint8_t sequence_id_ = 0;
};

}  // namespace portcullis::net
