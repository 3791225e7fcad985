#include "proxy/net/packet_channel.hpp"

#include "certs/random.hpp"

#include <array>

namespace portcullis::net {

using protocol::packet_header_size;

error_code packet_channel::check(const protocol::packet_header& header) {
    if (header.length > protocol::max_login_payload) return protocol::errc::payload_too_large;
    if (header.sequence_id != sequence_id_) return protocol::errc::bad_sequence_id;
    ++sequence_id_;
    return {};
}

awaitable<result<protocol::bytes>> packet_channel::read_exactly_one() {
    std::array<std::uint8_t, packet_header_size> wire{};
    const auto no_header = co_await stream_.read_exactly(wire);
    if (no_header) co_return no_header;
    const auto header = protocol::parse_packet_header(wire);
    const auto bad = check(header);
    if (bad) co_return bad;
    protocol::bytes payload(header.length);
    const auto no_payload = co_await stream_.read_exactly(payload);
    if (no_payload) co_return no_payload;
    co_return payload;
}

awaitable<result<protocol::bytes>> packet_channel::read() {
    bool checked = false;
    std::size_t size = packet_header_size;
    for (;;) {
        if (!checked && buffer_.size() >= packet_header_size) {
            const auto header = protocol::parse_packet_header(std::span(buffer_).first<packet_header_size>());
            const auto bad = check(header);
            if (bad) co_return bad;
            checked = true;
            size += header.length;
        }
        if (checked && buffer_.size() >= size) break;
        const auto more = co_await read_some();
        if (!more) co_return more.error();
        buffer_.insert(buffer_.end(), more->begin(), more->end());
    }
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(size);
    protocol::bytes payload(buffer_.begin() + packet_header_size, end);
    protocol::bytes rest(end, buffer_.end());
    certs::cleanse(buffer_);
    buffer_ = std::move(rest);
    co_return payload;
}

protocol::bytes packet_channel::next_packet(protocol::bytes_view payload) {
    protocol::bytes packet;
    packet.reserve(packet_header_size + payload.size());
    protocol::append_packet(packet, sequence_id_, payload);
    ++sequence_id_;
    return packet;
}

awaitable<error_code> packet_channel::write(protocol::bytes_view payload) {
    auto packet = next_packet(payload);
    const auto error = co_await send(packet);
    certs::cleanse(packet);
    co_return error;
}

bool packet_channel::write_now(protocol::bytes_view payload) {
    auto packet = next_packet(payload);
    const auto error = try_send(packet);
    certs::cleanse(packet);
    return !error;
}

result<std::span<std::uint8_t>> packet_channel::try_read() {
    if (!frames_) return stream_.try_read();
    for (;;) {
        auto piece = frames_->next();
        if (!piece || !piece->empty()) return piece;
        const auto more = stream_.try_read();
        if (!more) return more.error();
        frames_->feed(*more);
    }
}

awaitable<result<std::span<std::uint8_t>>> packet_channel::read_some() {
    if (stream_.owes_handshake())
        if (const auto error = co_await stream_.finish_handshake()) co_return error;
    for (;;) {
        const auto some = try_read();
        if (some || some.error() != asio::error::would_block) co_return some;
        [[maybe_unused]] const auto waited = co_await stream_.readable();
    }
}

error_code packet_channel::try_send(std::span<const std::uint8_t> data) {
    if (!frames_) return stream_.try_write(data);
    return stream_.try_write(frames_->pack(data));
}

awaitable<error_code> packet_channel::send(std::span<const std::uint8_t> data) {
    const auto error = try_send(data);
    if (error != asio::error::would_block) co_return error;
    co_return co_await stream_.flush();
}

void packet_channel::compress(compression algorithm, int level) {
    frames_ = std::make_unique<compressed_frames>(algorithm, level);
    frames_->feed(std::exchange(buffer_, {}));
}

}  // namespace portcullis::net
