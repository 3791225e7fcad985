#include "protocol/command_watch.hpp"

#include "protocol/connection_id.hpp"

#include <algorithm>

namespace portcullis::protocol {

watch_verdict command_watch::walk(bytes_view chunk, std::uint8_t* writable) {
    watch_verdict verdict;
    std::size_t position = 0;
    packet_start packet;
    packet_walker::step step = walker_.next(chunk, position, packet);
    for (; step == packet_walker::step::start; step = walker_.next(chunk, position, packet)) {
        const bool file_data = replies_ && replies_->requested();
        if (writable != nullptr) {
            packet.sequence_id = expected_id(packet);
            writable[packet.offset + packet_header_size - 1] = packet.sequence_id;
        }
        const auto found = look_for_kill(chunk.subspan(packet.offset), packet, verdict);
        if (found != kill_look::undecided) verdict.what = judge(packet);
        if (found == kill_look::found) verdict.what = action::kill;
        if (found == kill_look::undecided || verdict.what != action::relay) {
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

std::uint8_t command_watch::expected_id(const packet_start& packet) const {
    if (packet.continuation) return next_sequence_id_;
    return replies_ && replies_->requested() ? replies_->next_sequence_id() : std::uint8_t{0};
}

// Only short commands that would be passed on at once are looked at.
command_watch::kill_look command_watch::look_for_kill(bytes_view from_packet, const packet_start& packet,
                                                      watch_verdict& verdict) const {
    if (packet.length == 0 || packet.length > max_kill_payload || packet.continuation || packet.sequence_id != 0)
        return kill_look::none;
    const bytes_view available = from_packet.subspan(packet_header_size);
    const bytes_view payload = available.first(std::min<std::size_t>(available.size(), packet.length));
    const bool whole = payload.size() == packet.length;
    if (!may_be_kill(payload, negotiated_) || (replies_ && !replies_->replied())) return kill_look::none;
    if (!whole) {
        const auto early = parse_kill(payload, negotiated_, payload_part::beginning);
        return early.error() == errc::truncated ? kill_look::undecided : kill_look::none;
    }
    const auto kill = parse_kill(payload, negotiated_);
    if (!kill || !is_gate_connection_id(kill->id)) return kill_look::none;
    verdict.kill = *kill;
    verdict.kill_size = packet_header_size + packet.length;
    return kill_look::found;
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
    if (replies_ && packet.length > 0 && replies_->passes_between_events(packet.first_byte)) return action::relay;
    if (replies_ && !replies_->replied()) return action::hold;
    const bool quits = packet.length == 1 && packet.first_byte == static_cast<std::uint8_t>(command::quit);
    if (quits && stops_at_quit_) return action::quit;
    if (packet.length > 0 && packet.first_byte == static_cast<std::uint8_t>(command::change_user))
        return action::change_user;
    if (replies_) replies_->expect_reply_to(packet.first_byte);
    return action::relay;
}

}  // namespace portcullis::protocol
