#include "protocol/command_watch.hpp"

#include "protocol/connection_id.hpp"

namespace portcullis::protocol {

watch_verdict command_watch::examine(bytes_view chunk) {
    watch_verdict verdict;
    std::size_t position = 0;
    packet_start packet;
    packet_walker::step step = walker_.next(chunk, position, packet);
    for (; step == packet_walker::step::start; step = walker_.next(chunk, position, packet)) {
        const bool file_data = replies_ && replies_->requested();
        const result<kill_statement> kill = look_for_kill(chunk.subspan(packet.offset), packet);
        const bool undecided = kill.error() == errc::truncated;
        if (!undecided) verdict.what = judge(packet);
        if (kill && verdict.what == action::relay) {
            verdict.what = action::kill;
            verdict.kill = *kill;
            verdict.kill_size = packet_header_size + packet.length;
        }
        if (undecided || verdict.what != action::relay) {
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

// Only short commands that would be passed on at once are looked at. Errors: truncated (the packet is not whole yet and
// may become one), unexpected_message (no KILL, or with an id of an aggregator).
result<kill_statement> command_watch::look_for_kill(bytes_view from_packet, const packet_start& packet) const {
    const bool may_be = packet.first_byte == static_cast<std::uint8_t>(command::query) ||
                        packet.first_byte == static_cast<std::uint8_t>(command::process_kill);
    if (!may_be || packet.length > max_kill_payload || packet.continuation || packet.sequence_id != 0)
        return errc::unexpected_message;
    if (replies_ && !replies_->replied()) return errc::unexpected_message;
    const bytes_view payload = from_packet.subspan(packet_header_size);
    if (payload.size() < packet.length) return parse_kill(payload, negotiated_, payload_part::beginning);
    const auto kill = parse_kill(payload.first(packet.length), negotiated_);
    if (!kill || !is_gate_connection_id(kill->id)) return errc::unexpected_message;
    return kill;
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
