#include "protocol/command_watch.hpp"

namespace portcullis::protocol {

watch_verdict command_watch::examine(bytes_view chunk) {
    watch_verdict verdict;
    std::size_t position = 0;
    packet_start packet;
    packet_walker::step step = walker_.next(chunk, position, packet);
    for (; step == packet_walker::step::start; step = walker_.next(chunk, position, packet)) {
        const bool file_data = replies_ && replies_->requested();
        verdict.what = judge(packet);
        if (verdict.what != action::relay) {
            verdict.relay_size = packet.offset;
            walker_ = packet_walker();
            return verdict;
        }
        const bool quit = packet.length > 0 && packet.first_byte == static_cast<std::uint8_t>(command::quit);
        if (quit && !packet.continuation && !file_data) verdict.quit = true;
    }
    verdict.relay_size = position;
    return verdict;
}

watch_verdict::action command_watch::judge(const packet_start& packet) {
    action verdict = action::relay;
    if (packet.continuation) {
        if (packet.sequence_id != next_sequence_id_) verdict = action::refuse;
    } else if (replies_ && replies_->requested()) {
        verdict = judge_file_data(packet);
    } else {
        verdict = judge_command(packet);
    }
    next_sequence_id_ = static_cast<std::uint8_t>(packet.sequence_id + 1);
    if (verdict == action::relay && replies_) replies_->client_packet(packet.sequence_id);
    return verdict;
}

// Anything else than the file would make the server lose its place.
watch_verdict::action command_watch::judge_file_data(const packet_start& packet) {
    if (packet.sequence_id != replies_->next_sequence_id()) return action::refuse;
    if (packet.length == 0) replies_->file_ended();
    return action::relay;
}

watch_verdict::action command_watch::judge_command(const packet_start& packet) {
    if (packet.sequence_id != 0) return action::refuse;
    if (replies_ && replies_->lost()) return action::refuse;
    if (replies_ && !replies_->replied()) return action::hold;
    if (packet.length > 0 && packet.first_byte == static_cast<std::uint8_t>(command::change_user))
        return action::change_user;
    if (replies_) replies_->expect_reply_to(packet.first_byte);
    return action::relay;
}

}  // namespace portcullis::protocol
