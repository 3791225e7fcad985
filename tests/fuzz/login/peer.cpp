#include "login/peer.hpp"

#include <array>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace portcullis::fuzzing {

std::size_t peer::send(protocol::bytes_view wire) const {
    if (!is_open() || wire.empty()) return 0;
    const auto taken = ::send(descriptor_, wire.data(), wire.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return taken > 0 ? static_cast<std::size_t>(taken) : 0;
}

void peer::turn_deaf() {
    deaf_ = !deaf_;
    was_deaf_ = true;
}

protocol::bytes peer::receive() const {
    protocol::bytes all;
    static std::array<std::uint8_t, 65536> piece;
    while (is_open() && !deaf_) {
        const auto size = ::recv(descriptor_, piece.data(), piece.size(), MSG_DONTWAIT);
        if (size <= 0) break;
        all.insert(all.end(), piece.begin(), piece.begin() + size);
    }
    return all;
}

void peer::shutdown() const {
    if (is_open()) ::shutdown(descriptor_, SHUT_WR);
}

void peer::close() {
    if (is_open()) ::close(std::exchange(descriptor_, -1));
}

bool take_packet(protocol::bytes& stream, std::uint8_t& sequence_id, protocol::bytes& payload) {
    constexpr std::size_t header_size = 4;
    if (stream.size() < header_size) return false;
    const std::size_t length =
        stream[0] | static_cast<std::size_t>(stream[1]) << 8U | static_cast<std::size_t>(stream[2]) << 16U;
    if (stream.size() - header_size < length) return false;
    sequence_id = stream[3];
    const auto end = stream.begin() + static_cast<std::ptrdiff_t>(header_size + length);
    payload.assign(stream.begin() + header_size, end);
    stream.erase(stream.begin(), end);
    return true;
}

}  // namespace portcullis::fuzzing
