#include "proxy/net/socket_address.hpp"

#include "proxy/net/unix_path.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <netdb.h>

namespace portcullis::net {

socket_address::socket_address(const sockaddr* address, socklen_t length)
    : length_(std::min<socklen_t>(length, sizeof storage_)) {
    std::memcpy(&storage_, address, length_);
}

std::optional<config::ip_address> socket_address::ip() const {
    std::array<std::uint8_t, 16> bytes{};
    if (family() == AF_INET6) {
        std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr, 16);
        return config::ip_address(bytes);
    }
    if (family() == AF_INET) {
        bytes[10] = bytes[11] = 0xff;
        std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr, 4);
        return config::ip_address(bytes);
    }
    return std::nullopt;
}

std::uint16_t socket_address::port() const {
    if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
    if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
    return 0;
}

asio::generic::stream_protocol::endpoint socket_address::endpoint() const {
    return {data(), length_};
}

std::vector<socket_address> resolve_now(const config::endpoint& endpoint, bool passive) {
    if (endpoint.is_unix()) {
        const auto address = unix_address(endpoint.unix_path);
        return address ? std::vector{*address} : std::vector<socket_address>();
    }
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
    addrinfo* found = nullptr;
    if (::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found) != 0) return {};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    std::vector<socket_address> addresses;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next)
        addresses.emplace_back(each->ai_addr, each->ai_addrlen);
    return addresses;
}

socket_address local_address(stream_socket& socket) {
    socket_address address;
    if (::getsockname(socket.native_handle(), address.data(), &address.length()) != 0) return {};
    return address;
}

bool is_numeric(const config::endpoint& endpoint) {
    return endpoint.is_unix() || config::ip_address::parse(endpoint.host).has_value();
}

}  // namespace portcullis::net
