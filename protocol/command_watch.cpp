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
    const bool numbers_on = packet.sequence_id == next_sequence_id_;
    next_sequence_id_ = static_cast<std::uint8_t>(packet.sequence_id + 1);
    if (packet.continuation) return numbers_on ? action::relay : action::refuse;
    in_file_ = is_file_data(packet, numbers_on, asked);
    if (in_file_) {
        in_file_ = packet.length > 0;
        return action::relay;
    }
    if (packet.sequence_id != 0) return action::refuse;
    if (begins(packet, command::change_user)) return action::change_user;
    may_ask_ = begins(packet, command::query) || begins(packet, command::stmt_execute);
    return action::relay;
}

bool command_watch::is_file_data(const packet_start& packet, bool numbers_on, infile_request asked) {
    if (!local_files_) return false;
    // Servers read a file to its end before they say anything: one that has spoken since is not reading a file.
    if (in_file_) return numbers_on && asked == answered_;
    // Several statements of one COM_QUERY may each ask for a file, so may_ask_ outlives the first.
    if (!may_ask_ || !asked || asked == answered_) return false;
    const auto expected = static_cast<std::uint8_t>(asked.sequence_id + 1);
    // A server that is not waiting would read a packet with id 0 as a command.
    if (packet.sequence_id == 0 || packet.sequence_id != expected) return false;
    answered_ = asked;
    return true;
}

}  // namespace portcullis::protocol
