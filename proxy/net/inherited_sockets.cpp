#include "proxy/net/inherited_sockets.hpp"

#include "proxy/observe/log.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <sys/un.h>

namespace portcullis::net {
namespace {

/// The path a unix socket is bound to; empty: it has none.
std::string path_of(const socket_address& address) {
    constexpr auto path_at = offsetof(sockaddr_un, sun_path);
    if (address.family() != AF_UNIX || address.size() <= path_at) return {};
    const auto* text = reinterpret_cast<const sockaddr_un*>(address.data())->sun_path;
    return {text, ::strnlen(text, address.size() - path_at)};
}

std::string spelled(const socket_address& address) {
    if (address.family() == AF_UNIX) return "unix:" + path_of(address);
    const auto ip = address.ip();
    return config::endpoint{ip ? ip->to_string() : std::string("?"), address.port(), {}}.to_string();
}

bool alike(const socket_address& one, const socket_address& other) {
    if (one.family() != other.family()) return false;
    if (one.family() == AF_UNIX) return !path_of(one).empty() && path_of(one) == path_of(other);
    return one.ip() && one.ip() == other.ip() && one.port() == other.port();
}

int option_of(int socket, int option) {
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

}  // namespace

void inherited_sockets::add(descriptor socket, socket_owner owner) {
    socket_address address;
    if (option_of(socket.get(), SO_TYPE) != SOCK_STREAM || option_of(socket.get(), SO_ACCEPTCONN) != 1 ||
        ::getsockname(socket.get(), address.data(), &address.length()) != 0) {
        observe::log(observe::log_level::warning, "an inherited descriptor is not a listening stream socket: closed",
                     {{"descriptor", std::to_string(socket.get())}});
        return;
    }
    ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
    ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
    entries_.push_back({{std::move(socket), owner}, address});
}

inherited_socket inherited_sockets::take(const socket_address& address) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&address](const entry& each) { return alike(each.address, address); });
    if (found == entries_.end()) return {};
    auto taken = std::move(found->what);
    entries_.erase(found);
    return taken;
}

void inherited_sockets::close_rest() {
    for (const auto& each : entries_) {
        observe::log(observe::log_level::warning, "no listener is configured for an inherited socket: closed",
                     {{"address", spelled(each.address)}});
        const auto path = path_of(each.address);
        if (each.what.owner == socket_owner::gate && !path.empty()) ::unlink(path.c_str());
    }
    entries_.clear();
}

}  // namespace portcullis::net
