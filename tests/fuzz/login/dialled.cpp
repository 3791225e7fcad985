#include "login/dialled.hpp"

#include "require.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace portcullis::fuzzing {
namespace {

/// An abstract one, which leaves no file.
std::string name_of(std::uint16_t port) {
    return std::string(1, '\0') + "portcullis-fuzz-" + std::to_string(::getpid()) + '-' + std::to_string(port);
}

sockaddr_un address_of(std::uint16_t port) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto name = name_of(port);
    std::memcpy(address.sun_path, name.data(), name.size());
    return address;
}

}  // namespace

door::door(std::uint16_t port)
    : port_(port), listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const auto address = address_of(port);
    require(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    require(::listen(listening_, 64) == 0);
}

config::endpoint door::unix_address() const {
    config::endpoint made;
    made.unix_path = name_of(port_);
    return made;
}

void door::accept(std::vector<int>& into) const {
    for (;;) {
        const int next = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (next < 0) return;
        into.push_back(next);
    }
}

}  // namespace portcullis::fuzzing

extern "C" int socket(int domain, int type, int protocol) noexcept {
    const bool tcp = domain == AF_INET;
    return static_cast<int>(::syscall(SYS_socket, tcp ? AF_UNIX : domain, type, tcp ? 0 : protocol));
}

extern "C" int connect(int descriptor, const sockaddr* address, socklen_t size) {
    sockaddr_un instead{};
    if (address->sa_family == AF_INET) {
        const auto port = ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);
        instead = portcullis::fuzzing::address_of(port);
        address = reinterpret_cast<const sockaddr*>(&instead);
        size = sizeof instead;
    }
    return static_cast<int>(::syscall(SYS_connect, descriptor, address, size));
}
