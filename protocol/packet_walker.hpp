// Walks a byte stream from packet start to packet start without keeping the bytes: any split, any size.
// Does not judge what it finds; command_watch and infile_watch do.
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/packet.hpp"

namespace portcullis::protocol {

/// A place in a chunk where a packet begins.
struct packet_start {
    std::size_t offset = 0;  ///< of its header in the chunk
    std::uint32_t length = 0;
    std::uint8_t sequence_id = 0;
    bool continuation = false;    ///< the previous payload was max_payload long: this packet continues it
    std::uint8_t first_byte = 0;  ///< of the payload; 0 when there is none or the packet is a continuation
};

class packet_walker {
public:
    enum class step {
        start,      ///< a packet start was found; `position` is behind its header
        need_more,  ///< the chunk ends inside a packet start: from `position` on feed these bytes again, with more
                    ///< behind
        end,        ///< the chunk ends inside a payload or between packets
    };

    /// Advances `position` (0 at the beginning of a chunk) to the next packet start.
    [[nodiscard]] step next(bytes_view chunk, std::size_t& position, packet_start& found);

    /// True between two messages: a message of another origin could be inserted here.
    [[nodiscard]] bool at_boundary() const { return remaining_ == 0 && !continues_; }

private:
    std::uint32_t remaining_ = 0;  ///< payload bytes of the current packet that are yet to come
    bool continues_ = false;
};

}  // namespace portcullis::protocol
