#include "proxy/net/passed_descriptors.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace portcullis::net {
namespace {

error_code last_error() {
    return {errno, boost::system::system_category()};
}

/// Room for the one control message there is.
struct alignas(cmsghdr) control_room {
    std::array<char, CMSG_SPACE(most_passed_descriptors * sizeof(int))> bytes{};
};

}  // namespace

error_code send_with_descriptors(int socket, std::string_view text, std::span<const int> descriptors) {
    if (descriptors.size() > most_passed_descriptors)
        return make_error_code(boost::system::errc::argument_list_too_long);
    iovec part{const_cast<char*>(text.data()), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    control_room control;
    if (!descriptors.empty()) {
        message.msg_control = control.bytes.data();
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        auto* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    const auto sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return last_error();
    if (static_cast<std::size_t>(sent) != text.size()) return make_error_code(boost::system::errc::no_buffer_space);
    return {};
}

result<std::size_t> receive_with_descriptors(int socket, std::span<char> text, std::vector<descriptor>& descriptors) {
    iovec part{text.data(), text.size()};
    control_room control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    const auto received = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (received < 0) return last_error();
    for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const auto count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int value = -1;
            std::memcpy(&value, CMSG_DATA(header) + i * sizeof value, sizeof value);
            descriptors.emplace_back(value);
        }
    }
    if ((message.msg_flags & MSG_CTRUNC) != 0) return make_error_code(boost::system::errc::argument_list_too_long);
    return static_cast<std::size_t>(received);
}

std::optional<pid_t> peer_of_same_user(int socket) {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return std::nullopt;
    if (peer.uid != 0 && peer.uid != ::geteuid()) return std::nullopt;
    return peer.pid;
}

}  // namespace portcullis::net
