// Follows the replies to a session's commands: is one still under way, and does the server wait for a file? The gate
// needs it where LOAD DATA LOCAL may come and where the connection may be kept for another session; elsewhere it reads
// no reply. Reads the first bytes of messages.
#pragma once

#include "protocol/capabilities.hpp"
#include "protocol/packet_walker.hpp"

#include <array>

namespace portcullis::protocol {

/// Exact for one command at a time: command_watch lets the next one through when the reply to the last is over.
/// That a message is a LOCAL INFILE request and not a row that begins with NULL is known from its place in the reply.
class infile_watch {
public:
    /// `negotiated` is what the aggregator was told (DEPRECATE_EOF shapes its replies).
    explicit infile_watch(capability_flags negotiated) : eof_behind_columns_(!(negotiated & client_deprecate_eof)) {}

    /// Takes every byte of the aggregator→client stream, in any split, before it is written to the client.
    void feed(bytes_view chunk);

    /// A command begins to go to the aggregator. Precondition: replied().
    void expect_reply_to(std::uint8_t command);
    /// Whether this packet of the client's may go to the aggregator while it sends the events of a dump, which goes on
    /// until the connection ends: an acknowledgement, or the COM_QUIT of who has seen enough.
    [[nodiscard]] bool passes_between_events(std::uint8_t first_byte);
    /// A packet of a command or of a file goes to the aggregator: its reply will number on from here.
    void client_packet(std::uint8_t sequence_id) { next_sequence_id_ = static_cast<std::uint8_t>(sequence_id + 1); }
    /// The empty packet behind a file goes to the aggregator. Precondition: requested().
    void file_ended() { awaited_ = awaited::result; }

    /// No reply is under way: the aggregator reads commands, and its next packet will be a message's first.
    [[nodiscard]] bool replied() const {
        return awaited_ == awaited::nothing && walker_.at_boundary() && kept_size_ == 0;
    }
    /// The aggregator waits for a file that begins with next_sequence_id().
    [[nodiscard]] bool requested() const { return awaited_ == awaited::file; }
    [[nodiscard]] std::uint8_t next_sequence_id() const { return next_sequence_id_; }
    /// The reply was not one of the protocol: nothing is known any more. With LOCAL_FILES no command may follow.
    [[nodiscard]] bool lost() const { return awaited_ == awaited::unknown; }

private:
    enum class awaited {
        nothing,      ///< the reply is over
        one_message,  ///< OK, ERR, a string
        end_packet,   ///< rows or columns, then EOF or OK
        prepared,     ///< the first message of a COM_STMT_PREPARE's reply
        countdown,    ///< so many messages more
        result,       ///< the first message of a result
        columns,
        rows,
        file,
        events,  ///< of the binary log, numbered as they please
        unknown,
    };
    static constexpr std::size_t head_capacity = 21;  ///< an OK as far as its status flags

    void examine(bytes_view chunk);
    bool begin_packet(const packet_start& packet);
    void collect(bytes_view payload);
    void judge(bytes_view head);
    void judge_result(bytes_view head);
    void judge_prepared(bytes_view head);
    void end_result(bytes_view head);

    packet_walker walker_;
    bool eof_behind_columns_;
    awaited awaited_ = awaited::nothing;
    std::uint32_t countdown_ = 0;
    bool interrupted_ = false;     ///< a packet went between events; to an aggregator that sent none it is a command
    bool out_parameters_ = false;  ///< the rows under way are a CALL's OUT parameters
    std::uint8_t next_sequence_id_ = 0;
    std::array<std::uint8_t, head_capacity> head_{};  ///< the first bytes of a message
    std::size_t head_size_ = 0;
    std::size_t head_wanted_ = 0;
    std::uint32_t length_ = 0;                             ///< of the message's first packet
    std::array<std::uint8_t, packet_header_size> kept_{};  ///< an incomplete packet start
    std::size_t kept_size_ = 0;
};

}  // namespace portcullis::protocol
