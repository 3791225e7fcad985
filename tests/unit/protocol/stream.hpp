// Builds streams of packets, and relays them as a session would: bytes held back are examined again when more comes.
// Parses nothing.
#pragma once

#include "protocol/command_watch.hpp"
#include "protocol/packet.hpp"

#include <initializer_list>

namespace portcullis::protocol {

inline bytes packet(std::uint8_t sequence_id, std::string_view payload) {
    bytes out;
    append_packet(out, sequence_id, as_bytes(payload));
    return out;
}

/// A packet of max_payload bytes, which a continuation must follow.
inline bytes full_packet(std::uint8_t sequence_id, char first_byte) {
    bytes out{0xff, 0xff, 0xff, sequence_id, static_cast<std::uint8_t>(first_byte)};
    out.resize(packet_header_size + max_payload, 'x');
    return out;
}

inline bytes join(std::initializer_list<bytes> parts) {
    bytes out;
    for (const bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

/// One session's relay with LOCAL_FILES negotiated, without sockets.
class relay_with_files {
public:
    using action = watch_verdict::action;

    explicit relay_with_files(capability_flags negotiated = client_protocol_41, bool compressed = false)
        : replies(negotiated), is_compressed(compressed) {}

    void client(bytes_view chunk) {
        waiting.insert(waiting.end(), chunk.begin(), chunk.end());
        examine();
    }
    void aggregator(bytes_view chunk) {
        replies.feed(chunk);
        if (what == action::hold) examine();
    }

    infile_watch replies;
    command_watch watch{&replies};
    bool is_compressed;
    bytes waiting;  ///< not relayed yet
    bytes relayed;
    action what = action::relay;
    bool quit = false;

private:
    void examine() {
        if (what == action::refuse || what == action::change_user || what == action::quit || waiting.empty()) return;
        const watch_verdict verdict = is_compressed ? watch.examine_and_number(waiting) : watch.examine(waiting);
        // In place of a KILL one command goes to the aggregator: here the same.
        const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(verdict.relay_size + verdict.kill_size);
        relayed.insert(relayed.end(), waiting.begin(), end);
        waiting.erase(waiting.begin(), end);
        what = verdict.what;
        quit = quit || verdict.quit;
        if (what == action::kill) examine();
    }
};

}  // namespace portcullis::protocol
