#include "protocol/command_watch.hpp"

namespace portcullis::protocol {
namespace {

bool begins(const packet_start& packet, command wanted) {
    return packet.length > 0 && !packet.continuation && packet.first_byte == static_cast<std::uint8_t>(wanted);
}

}  // namespace

watch_verdict command_watch::examine(bytes_view chunk, infile_request asked) {
    watch_verdict verdict;
    std::size_t position = 0;
    packet_start packet;
    packet_walker::step step = walker_.next(chunk, position, packet);
    for (; step == packet_walker::step::start; step = walker_.next(chunk, position, packet)) {
        verdict.what = judge(packet, asked);
        if (verdict.what != action::relay) {
            verdict.relay_size = packet.offset;
            walker_ = packet_walker();
            in_file_ = may_ask_ = false;
            return verdict;
        }
        if (!in_file_ && begins(packet, command::quit)) verdict.quit = true;
    }
    verdict.relay_size = position;
    return verdict;
}

watch_verdict::action command_watch::judge(const packet_start& packet, infile_request asked) {
    // A command's continuation is the server's to judge; a file's must not lose count.
    if (packet.continuation && !in_file_) return action::relay;
    if (is_file_data(packet, asked)) return action::relay;
    in_file_ = false;
    if (packet.continuation || packet.sequence_id != 0) return action::refuse;
    if (begins(packet, command::change_user)) return action::change_user;
    may_ask_ = begins(packet, command::query) || begins(packet, command::stmt_execute);
    return action::relay;
}

// Entering never happens with sequence id 0: a server that is not waiting would read such a packet as a command.
bool command_watch::is_file_data(const packet_start& packet, infile_request asked) {
    if (!local_files_) return false;
    if (in_file_) {
        if (packet.sequence_id != next_file_sequence_id_ || asked != answered_) return false;
    } else {
        // Several statements of one COM_QUERY may each ask for a file, so may_ask_ outlives the first.
        if (!may_ask_ || packet.sequence_id == 0 || !asked || asked == answered_) return false;
        answered_ = asked;
    }
    next_file_sequence_id_ = static_cast<std::uint8_t>(packet.sequence_id + 1);
    in_file_ = packet.continuation || packet.length > 0;
    return true;
}

}  // namespace portcullis::protocol
