#include "proxy/net/listener.hpp"

#include "proxy/net/socket_address.hpp"
#include "proxy/net/unix_path.hpp"
#include "proxy/observe/log.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace portcullis::net {
namespace {

constexpr int backlog = 4096;
/// Accepts per readiness, so that other listeners of the thread have their turn.
constexpr int accepts_in_a_row = 64;
constexpr auto pause_when_exhausted = std::chrono::milliseconds(100);

std::string last_error() {
    return std::strerror(errno);
}

void set_flag(int descriptor, int level, int option) {
    const int on = 1;
    ::setsockopt(descriptor, level, option, &on, sizeof on);
}

}  // namespace

result<stream_socket> adopt(asio::io_context& context, const accepted& connection) {
    stream_socket socket(context);
    error_code error;
    socket.assign(asio::generic::stream_protocol(connection.family, 0), connection.descriptor, error);
    if (!error) return socket;
    ::close(connection.descriptor);
    return error;
}

listener::listener(asio::io_context& context, config::listener settings, unsigned unix_mode)
    : settings_(std::move(settings)), unix_mode_(unix_mode), socket_(context), pause_(context) {}

listener::~listener() {
    close();
}

std::string listener::open(inherited_sockets& inherited) {
    for (const auto& each : resolve_now(settings_.address, true)) {
        auto found = inherited.take(each);
        if (!found.socket) continue;
        owner_ = found.owner;
        socket_.assign(found.socket.release());
        return {};
    }
    const auto problem = settings_.address.is_unix() ? open_unix() : open_tcp();
    if (problem.empty()) return {};
    return "listener '" + settings_.name + "': cannot listen on " + settings_.address.to_string() + ": " + problem;
}

std::string listener::open_tcp() {
    const auto addresses = resolve_now(settings_.address, true);
    if (addresses.empty()) return "the host name has no address";
    const auto& address = addresses.front();
    const int descriptor = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return last_error();
    set_flag(descriptor, SOL_SOCKET, SO_REUSEADDR);
    if (address.family() == AF_INET6) set_flag(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
    if (::bind(descriptor, address.data(), address.size()) != 0 || ::listen(descriptor, backlog) != 0) {
        auto problem = last_error();
        ::close(descriptor);
        return problem;
    }
    socket_.assign(descriptor);
    return {};
}

std::string listener::open_unix() {
    const auto& path = settings_.address.unix_path;
    const auto address = unix_address(path);
    if (!address) return "the path is longer than 107 bytes";
    struct stat found {};
    if (::lstat(path.c_str(), &found) == 0) {
        if (!S_ISSOCK(found.st_mode)) return "the path exists and is not a socket";
        if (is_live_unix_socket(path)) return "another process listens there";
        ::unlink(path.c_str());
    }
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return last_error();
    if (::bind(descriptor, address->data(), address->size()) != 0 || ::chmod(path.c_str(), unix_mode_) != 0 ||
        ::listen(descriptor, backlog) != 0) {
        auto problem = last_error();
        ::close(descriptor);
        return problem;
    }
    socket_.assign(descriptor);
    owns_path_ = true;
    return {};
}

void listener::start(handler on_accept) {
    on_accept_ = std::move(on_accept);
    owns_path_ = owner_ == socket_owner::gate;
    if (std::exchange(started_, true)) return;
    asio::co_spawn(socket_.get_executor(), accept_loop(), asio::detached);
}

awaitable<void> listener::accept_loop() {
    const auto alive = weak_from_this().lock();
    while (!closed_) {
        auto [error] = co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read, yield);
        if (error || closed_) co_return;
        bool exhausted = false;
        for (int i = 0; i < accepts_in_a_row && accept_one(exhausted); ++i) continue;
        if (!exhausted) continue;
        observe::log(observe::log_level::error, "cannot accept: out of file descriptors or memory; trying again",
                     {{"listener", settings_.name}});
        pause_.expires_after(pause_when_exhausted);
        auto [interrupted] = co_await pause_.async_wait(yield);
        if (interrupted) co_return;
    }
}

/// Returns true if another connection may be waiting.
bool listener::accept_one(bool& exhausted) {
    socket_address peer;
    const int descriptor =
        ::accept4(socket_.native_handle(), peer.data(), &peer.length(), SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
        exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        return errno == ECONNABORTED || errno == EINTR;
    }
    if (!settings_.address.is_unix()) {
        set_flag(descriptor, IPPROTO_TCP, TCP_NODELAY);
        set_flag(descriptor, SOL_SOCKET, SO_KEEPALIVE);
    }
    on_accept_({descriptor, peer.family(), peer.ip(), peer.port()});
    return true;
}

void listener::close() {
    if (closed_) return;
    closed_ = true;
    if (!socket_.is_open()) return;
    pause_.cancel();
    error_code ignored;
    socket_.close(ignored);
    if (settings_.address.is_unix() && owns_path_) ::unlink(settings_.address.unix_path.c_str());
}

void listener::hand_over() {
    owns_path_ = false;
    close();
}

}  // namespace portcullis::net
