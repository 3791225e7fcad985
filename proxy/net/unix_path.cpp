#include "proxy/net/unix_path.hpp"

#include "proxy/net/descriptor.hpp"

#include <cstring>
#include <sys/un.h>

namespace portcullis::net {

std::optional<socket_address> unix_address(const std::string& path) {
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path) return std::nullopt;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return socket_address(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

bool is_live_unix_socket(const std::string& path) {
    const auto address = unix_address(path);
    const descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!address || !probe) return true;
    return ::connect(probe.get(), address->data(), address->size()) == 0;
}

}  // namespace portcullis::net
