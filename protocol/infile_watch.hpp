// Watches the aggregator's side of a session that may use LOAD DATA LOCAL: was its last packet a LOCAL INFILE request?
// Reads packet starts only; never used where LOCAL_FILES was not negotiated.
#pragma once

#include "protocol/packet_walker.hpp"

#include <array>

namespace portcullis::protocol {

class infile_watch {
public:
    /// Takes every byte of the aggregator→client stream, in any split.
    void feed(bytes_view chunk);

    /// True when the stream stands at a packet boundary and the last message began with 0xFB. A row may begin so, too;
    /// no reply ends with a row.
    [[nodiscard]] bool requested() const {
        return walker_.at_boundary() && kept_size_ == 0 && last_first_byte_ == 0xfb;
    }

private:
    void examine(bytes_view chunk);

    packet_walker walker_;
    std::uint8_t last_first_byte_ = 0;
    std::array<std::uint8_t, packet_header_size + 1> kept_{};  ///< an incomplete packet start
    std::size_t kept_size_ = 0;
};

}  // namespace portcullis::protocol
