// Watches the aggregator's side of a session that may use LOAD DATA LOCAL: was its last packet a LOCAL INFILE request?
// Reads packet starts only; never used where LOCAL_FILES was not negotiated.
#pragma once

#include "protocol/packet_walker.hpp"

#include <array>

namespace portcullis::protocol {

/// A LOCAL INFILE request of the aggregator that nothing has followed yet. It can be answered once, so it has a number:
/// a request that is still the aggregator's last word after its file has ended must not let a second file in.
struct infile_request {
    std::uint64_t serial = 0;      ///< 0: none
    std::uint8_t sequence_id = 0;  ///< of its packet: the file must go on from it

    explicit operator bool() const { return serial != 0; }
    bool operator==(const infile_request&) const = default;
};

class infile_watch {
public:
    /// Takes every byte of the aggregator→client stream, in any split, before it is written to the client.
    void feed(bytes_view chunk);

    /// The request, when the stream stands at a packet boundary and the last message began with 0xFB. A row may begin
    /// so, too; no reply ends with a row.
    [[nodiscard]] infile_request requested() const;

private:
    void examine(bytes_view chunk);

    packet_walker walker_;
    std::uint64_t messages_ = 0;  ///< begun so far
    std::uint8_t last_first_byte_ = 0;
    std::uint8_t last_sequence_id_ = 0;
    std::array<std::uint8_t, packet_header_size + 1> kept_{};  ///< an incomplete packet start
    std::size_t kept_size_ = 0;
};

}  // namespace portcullis::protocol
