// Watches the client's side of an established session for the few commands that concern the gate.
// Finds where they begin; keeps no bytes and parses no SQL. Security rule 7 rests on it.
#pragma once

#include "protocol/command.hpp"
#include "protocol/infile_watch.hpp"
#include "protocol/packet_walker.hpp"

namespace portcullis::protocol {

/// What the relay must do with a chunk of client bytes.
struct watch_verdict {
    enum class action {
        relay,  ///< go on; the `kept` bytes at the end are an incomplete packet start: feed them again in front of more
        change_user,  ///< a COM_CHANGE_USER begins at `relay_size`, its header included; it must not reach the
                      ///< aggregator
        refuse,       ///< a packet whose sequence id fits nothing begins at `relay_size`: ERR 1156, the session ends
    };
    action what = action::relay;
    std::size_t relay_size = 0;  ///< leading bytes of the chunk that may go to the aggregator
    bool quit = false;           ///< the chunk held a COM_QUIT: the end that follows is the client's wish
};

/// The state of the client→aggregator stream.
///
/// Without LOCAL_FILES every packet start that is no continuation begins a command, and must carry sequence id 0.
/// With LOCAL_FILES, the packets of a file may follow a command that asks for one. They begin with the sequence id
/// behind that of the aggregator's LOCAL INFILE request, number on without a gap (wrapping at 255) and end with an
/// empty packet; within them nothing is a command. Continuations always number on.
///
/// Why so exactly: a server that meets a wrong sequence id inside a file says so and stays, with the packet's payload
/// unread, and takes it for the next packets; a COM_CHANGE_USER in there would be obeyed (seen on MySQL 5.6.24, MySQL
/// 9.7.4 and MariaDB 10.11). What a server would find out of order must therefore never reach it. And a request is
/// believed only while it is the aggregator's last word (see infile_watch) and only once: in a reply that merely looks
/// like one, the server is not waiting for a file, and closes at its first packet because that is not 0.
class command_watch {
public:
    explicit command_watch(bool local_files) : local_files_(local_files) {}

    /// Examines a chunk; bytes kept back by the previous call are at its front again. `asked` is
    /// infile_watch::requested() at the time of the call.
    /// After a verdict other than relay, the next call begins with a new packet.
    [[nodiscard]] watch_verdict examine(bytes_view chunk, infile_request asked = {});

private:
    using action = watch_verdict::action;

    [[nodiscard]] action judge(const packet_start& packet, infile_request asked);
    [[nodiscard]] bool is_file_data(const packet_start& packet, bool numbers_on, infile_request asked);

    packet_walker walker_;
    bool local_files_;
    bool may_ask_ = false;  ///< the last command may be answered by a LOCAL INFILE request
    bool in_file_ = false;
    std::uint8_t next_sequence_id_ = 0;
    infile_request answered_;  ///< by the current file or the last one
};

}  // namespace portcullis::protocol
