// The text of the statements in a client→aggregator stream: COM_QUERY and COM_STMT_PREPARE, in any split, of any size.
// Keeps the beginning of one statement at a time; does not judge it: statement_mask hides passwords.
#pragma once

#include "protocol/capabilities.hpp"
#include "protocol/packet_walker.hpp"

#include <string>
#include <vector>

namespace portcullis::protocol {

struct statement {
    bool prepared = false;  ///< a COM_STMT_PREPARE
    bool cut = false;       ///< there is more of it than `text`
    std::string text;       ///< empty and cut: query attributes that no server reads, or longer than the watch goes
};

class statement_watch {
public:
    /// `size`: how many bytes of each statement are wanted, at least 1. `negotiated`: with the aggregator.
    statement_watch(std::size_t size, capability_flags negotiated)
        : size_(size), attributes_((negotiated & client_query_attributes) != 0), negotiated_(negotiated) {}

    /// Takes what goes to the aggregator, in order; every chunk ends where its last packet does, or inside a payload.
    /// Packets that begin while `file_data` are a LOCAL INFILE's, not commands. Returns the statements whose beginning,
    /// as far as it is wanted, is there now.
    [[nodiscard]] std::vector<statement> feed(bytes_view chunk, bool file_data = false);

private:
    void begin(const packet_start& packet, bool file_data);
    void collect(bytes_view payload, std::vector<statement>& found);
    /// Adds what is kept to `found`, or goes on with a larger `wanted_`.
    void finish(bool whole, std::vector<statement>& found);

    std::size_t size_;
    bool attributes_;
    capability_flags negotiated_;
    packet_walker walker_;
    bool collecting_ = false;
    std::size_t wanted_ = 0;  ///< bytes of the payload
    std::size_t left_ = 0;    ///< payload bytes of the current packet that are yet to come
    bool continues_ = false;  ///< another packet of the same payload follows
    bytes kept_;
};

}  // namespace portcullis::protocol
