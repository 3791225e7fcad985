// Watches the client's side of an established session for the few commands that concern the gate.
// Finds where they begin and keeps no bytes. Of SQL it knows KILL alone. Security rules 7 and 24 rest on it.
#pragma once

#include "protocol/command.hpp"
#include "protocol/infile_watch.hpp"
#include "protocol/kill_statement.hpp"
#include "protocol/packet_walker.hpp"

namespace portcullis::protocol {

/// What the relay must do with a chunk of client bytes.
struct watch_verdict {
    enum class action {
        relay,  ///< go on; the bytes behind `relay_size`, at most max_kept, are an incomplete packet start or the
                ///< beginning of what may be a KILL: feed them again in front of more
        hold,   ///< a command begins at `relay_size` while the reply to the last is under way (only where replies
                ///< are watched): feed the bytes from there on again when infile_watch has been fed more
        kill,  ///< a KILL with an id of the gates' range is at `relay_size`, `kill_size` bytes with its header; exactly
               ///< one command of the same kind of reply must go to the aggregator in its place
        quit,  ///< a whole COM_QUIT begins at `relay_size`, and no reply is under way (only after stop_at_quit)
        change_user,  ///< a COM_CHANGE_USER begins at `relay_size`, its header included; it must not reach the
                      ///< aggregator
        refuse,       ///< a packet whose sequence id fits nothing begins at `relay_size`: ERR 1156, the session ends
    };
    action what = action::relay;
    std::size_t relay_size = 0;  ///< leading bytes of the chunk that may go to the aggregator
    kill_statement kill;         ///< with `kill`
    std::size_t kill_size = 0;
    bool quit = false;  ///< the chunk held a COM_QUIT: the end that follows is the client's wish
};

/// The state of the client→aggregator stream.
///
/// Every packet start that is no continuation begins a command, and must carry sequence id 0. Continuations number on.
/// With LOCAL_FILES negotiated, an aggregator may answer with a LOCAL INFILE request. Then, and only then, the client's
/// next packets are a file: they number on from the request and end with an empty packet; nothing in them is a command.
///
/// Why so exactly: a server that meets a wrong sequence id inside a file says so and stays, with the packet's payload
/// unread, and takes it for the next packets; a COM_CHANGE_USER in there is obeyed (seen on MySQL 5.6.24, MySQL 9.7.4
/// and MariaDB 10.11). Such a packet may be a file's that numbers wrongly, or simply a command that was sent behind
/// LOAD DATA LOCAL before the server asked for the file. So with LOCAL_FILES commands go one at a time.
class command_watch {
public:
    /// Bytes that one call may leave for the next: a packet start, or all of a KILL but its last byte.
    static constexpr std::size_t max_kept = packet_header_size + max_kill_payload;

    /// `replies` outlives this and watches the aggregator's side. It must be there where LOCAL_FILES was negotiated.
    /// `negotiated` is what the aggregator was told (QUERY_ATTRIBUTES shapes a COM_QUERY).
    explicit command_watch(infile_watch* replies = nullptr, capability_flags negotiated = 0)
        : replies_(replies), negotiated_(negotiated) {}

    /// From here on a COM_QUIT ends the watch with a verdict of its own, or is passed on like any other command.
    /// Precondition of `true`: replies are watched.
    void stop_at_quit(bool stop) { stops_at_quit_ = stop; }
    /// From here on replies are not watched, and nothing waits for them. Only where LOCAL_FILES was not negotiated.
    void forget_replies() {
        replies_ = nullptr;
        stops_at_quit_ = false;
    }

    /// Examines a chunk; bytes kept back by the previous call are at its front again.
    /// After a verdict other than relay, the next call begins with a new packet; after `kill`, with the one behind it.
    [[nodiscard]] watch_verdict examine(bytes_view chunk) { return walk(chunk, nullptr); }

    /// The same for what came out of compressed frames. Servers count the frames then and do not look at the packets'
    /// ids (those of libmariadb's long commands are all 0): the packets get the ids that an aggregator without
    /// compression expects.
    [[nodiscard]] watch_verdict examine_and_number(std::span<std::uint8_t> chunk) { return walk(chunk, chunk.data()); }

private:
    using action = watch_verdict::action;

    /// `writable`: the chunk's bytes, to number its packets; or null.
    [[nodiscard]] watch_verdict walk(bytes_view chunk, std::uint8_t* writable);
    [[nodiscard]] std::uint8_t expected_id(const packet_start& packet) const;

    /// undecided: the packet is not whole yet and may become a KILL.
    enum class kill_look { none, undecided, found };
    [[nodiscard]] kill_look look_for_kill(bytes_view from_packet, const packet_start& packet,
                                          watch_verdict& verdict) const;
    [[nodiscard]] action judge(const packet_start& packet);
    [[nodiscard]] action judge_file_data(const packet_start& packet);
    [[nodiscard]] action judge_command(const packet_start& packet);

    infile_watch* replies_;
    capability_flags negotiated_;
    packet_walker walker_;
    std::uint8_t next_sequence_id_ = 0;  ///< of a continuation
    bool stops_at_quit_ = false;
};

}  // namespace portcullis::protocol
