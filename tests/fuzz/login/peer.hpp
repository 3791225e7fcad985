// One end of a leg as a script plays it: a non-blocking socket and the sequence id of the next packet.
// Knows no message; see client and aggregator.
#pragma once

#include "protocol/bytes.hpp"

#include <cstdint>

namespace portcullis::fuzzing {

class peer {
public:
    /// Owns the descriptor.
    explicit peer(int descriptor) : descriptor_(descriptor) {}
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;
    ~peer() { close(); }

    /// How much the socket took: what it does not take at once is lost.
    std::size_t send(protocol::bytes_view wire) const;
    /// Everything that came since the last call.
    [[nodiscard]] protocol::bytes receive() const;
    /// Ends this direction.
    void shutdown() const;
    /// Ends both.
    void close();
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

    /// Stops to read, or begins again.
    void turn_deaf();
    /// It did so at least once: when something came is not known any more.
    [[nodiscard]] bool was_deaf() const { return was_deaf_; }

    std::uint8_t sequence_id = 0;  ///< of the next packet that continues the conversation

private:
    int descriptor_;
    bool deaf_ = false;
    bool was_deaf_ = false;
};

/// Takes the next whole packet off the front of a stream; false if there is none.
[[nodiscard]] bool take_packet(protocol::bytes& stream, std::uint8_t& sequence_id, protocol::bytes& payload);

}  // namespace portcullis::fuzzing
