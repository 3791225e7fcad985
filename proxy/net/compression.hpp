// The compressed protocol of one leg: frames of zlib or zstd around the stream of packets, behind OK.
// Frames and unframes bytes; knows nothing of packets. packet_channel puts it between stream and packets.
// Source: MySQL Internals, "Compression"; the frame header is 3 bytes of compressed size, a sequence id, and 3 bytes of
// uncompressed size, 0 for a payload that is not compressed.
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace portcullis::net {

enum class compression { zlib, zstd };

/// Both directions of one leg. What a peer claims sizes no buffer: a frame is unpacked piece by piece, and a claim that
/// does not come true is an error.
class compressed_frames {
public:
    /// `level`: zstd's 1 to 22, 0 for the default; of zlib the default is used.
    compressed_frames(compression algorithm, int level);
    ~compressed_frames();
    compressed_frames(const compressed_frames&) = delete;
    compressed_frames& operator=(const compressed_frames&) = delete;

    /// Received bytes, in any split.
    void feed(std::span<const std::uint8_t> received);

    /// The next piece of what they hold, scratch::headroom bytes of the caller's before it: valid until the next call.
    /// Empty if more must be fed. Errors: bad_compression.
    [[nodiscard]] protocol::result<std::span<std::uint8_t>> next();

    /// `data` in frames that number on from the last one that was received, as replies do.
    [[nodiscard]] protocol::bytes pack(std::span<const std::uint8_t> data);

private:
    class unpacker;
    class zlib_unpacker;
    class zstd_unpacker;

    [[nodiscard]] protocol::error_code begin_frame();
    [[nodiscard]] protocol::result<std::size_t> unpack(std::span<std::uint8_t> out);

    const compression algorithm_;
    const int level_;
    std::unique_ptr<unpacker> unpacker_;
    protocol::bytes input_;
    std::size_t used_ = 0;           ///< of input_
    std::size_t packed_left_ = 0;    ///< bytes of the current frame that are still packed
    std::size_t unpacked_left_ = 0;  ///< bytes that the current frame must still yield
    bool stored_ = false;            ///< the current frame is not compressed
    std::uint8_t next_sequence_id_ = 0;
    protocol::bytes output_;
};

}  // namespace portcullis::net
