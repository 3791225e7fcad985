// Knows of a byte stream one thing: whether it stands between two messages. Walks headers only, in any split.
// Judges nothing: command_relay asks it before the gate speaks to an aggregator itself.
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/packet.hpp"

namespace portcullis::protocol {

class packet_boundary {
public:
    /// Takes every byte of the stream.
    void feed(bytes_view chunk);

    [[nodiscard]] bool reached() const { return remaining_ == 0 && header_size_ == 0 && !continues_; }

private:
    std::uint32_t remaining_ = 0;  ///< payload bytes of the current packet that are yet to come
    std::uint32_t length_ = 0;     ///< as far as the header was read
    std::uint8_t header_size_ = 0;
    bool continues_ = false;  ///< the payload was max_payload long: another packet continues it
};

}  // namespace portcullis::protocol
