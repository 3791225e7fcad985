// One end of a leg as a script plays it: a non-blocking socket and the sequence id of the next packet.
// Knows no message; see client and aggregator.
#pragma once

#include "protocol/bytes.hpp"

#include <cstdint>
#include <utility>

namespace portcullis::fuzzing {

class peer {
public:
    /// Owns the descriptor.
    explicit peer(int descriptor) : descriptor_(descriptor) {}
    peer(peer&& other) noexcept : sequence_id(other.sequence_id), descriptor_(std::exchange(other.descriptor_, -1)) {}
    peer& operator=(peer&& other) = delete;
    ~peer() { close(); }

    /// What the socket does not take at once is lost.
    void send(protocol::bytes_view wire) const;
    /// Everything that came since the last call.
    [[nodiscard]] protocol::bytes receive() const;
    /// Ends this direction.
    void shutdown() const;
    /// Ends both.
    void close();
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

    std::uint8_t sequence_id = 0;  ///< of the next packet that continues the conversation

private:
    int descriptor_;
};

/// Takes the next whole packet off the front of a stream; false if there is none.
[[nodiscard]] bool take_packet(protocol::bytes& stream, std::uint8_t& sequence_id, protocol::bytes& payload);

}  // namespace portcullis::fuzzing
