// A sockaddr of any family as a value, and names resolved to such values.
// Dials nothing.
#pragma once

#include "proxy/config/address.hpp"
#include "proxy/net/asio.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <vector>

namespace portcullis::net {

class socket_address {
public:
    socket_address() = default;
    socket_address(const sockaddr* address, socklen_t length);

    [[nodiscard]] sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage_); }
    [[nodiscard]] const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    [[nodiscard]] socklen_t& length() { return length_; }
    [[nodiscard]] socklen_t size() const { return length_; }
    [[nodiscard]] int family() const { return storage_.ss_family; }
    [[nodiscard]] std::optional<config::ip_address> ip() const;  ///< none for unix sockets
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] asio::generic::stream_protocol::endpoint endpoint() const;

private:
    sockaddr_storage storage_{};
    socklen_t length_ = sizeof(sockaddr_storage);
};

/// The addresses of an endpoint, now; blocks while a name is looked up (numeric addresses and unix sockets do not).
/// `passive`: for listening. Empty: the name has no address.
[[nodiscard]] std::vector<socket_address> resolve_now(const config::endpoint& endpoint, bool passive);

/// The near end of a connection.
[[nodiscard]] socket_address local_address(stream_socket& socket);

/// True if resolve_now() would not ask a name server.
[[nodiscard]] bool is_numeric(const config::endpoint& endpoint);

}  // namespace portcullis::net
