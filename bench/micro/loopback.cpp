#include "bench/micro/loopback.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace portcullis::bench {
namespace {

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::system_category(), what);
    return result;
}

descriptor make_socket() {
    return descriptor(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}

void send_at_once(const descriptor& socket) {
    const int on = 1;
    checked(::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

}  // namespace

descriptor::~descriptor() {
    if (number_ >= 0) ::close(number_);
}

tcp_pair connect_over_loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);

    const auto listener = make_socket();
    checked(::bind(listener.number(), generic, size), "bind");
    checked(::listen(listener.number(), 1), "listen");
    checked(::getsockname(listener.number(), generic, &size), "getsockname");
    auto near = make_socket();
    checked(::connect(near.number(), generic, size), "connect");
    descriptor far(checked(::accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
    send_at_once(near);
    send_at_once(far);
    return {std::move(near), std::move(far)};
}

peer::peer(descriptor socket, const std::function<void(int)>& work)
    : socket_(std::move(socket)), thread_(work, socket_.number()) {}

peer::~peer() {
    ::shutdown(socket_.number(), SHUT_RDWR);  // ends its waiting
    thread_.join();
}

std::function<void(int)> feed(std::vector<std::uint8_t> bytes) {
    return [bytes = std::move(bytes)](int socket) {
        std::size_t sent = 0;
        for (;;) {
            const auto size = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (size <= 0) return;
            sent = (sent + static_cast<std::size_t>(size)) % bytes.size();
        }
    };
}

void drain(int socket) {
    constexpr std::size_t at_once = 1024UL * 1024;
    // TCP gives up what it holds without copying it (tcp(7), MSG_TRUNC): the memory stays the measured thread's.
    while (::recv(socket, nullptr, at_once, MSG_TRUNC) > 0) continue;
}

double thread_cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace portcullis::bench
