#include "proxy/takeover_socket.hpp"

#include "proxy/net/passed_descriptors.hpp"
#include "proxy/net/unix_path.hpp"
#include "proxy/observe/log.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>

namespace portcullis::proxy {

using namespace std::chrono_literals;
using net::awaitable;
using net::takeover_message;
using observe::log_level;

namespace {

constexpr int backlog = 8;
constexpr auto for_hello = 5s;
constexpr auto pause_when_exhausted = 100ms;

std::string beside(const std::string& path) {
    return path + ".new";
}

}  // namespace

takeover_socket::takeover_socket(net::asio::io_context& context, std::string path, takeover_host& host)
    : path_(std::move(path)), host_(host), socket_(context), peer_(context) {}

takeover_socket::~takeover_socket() {
    close();
}

std::string takeover_socket::open(bool replace) {
    const auto said = [this](const std::string& problem) {
        return "gate.takeover_socket: cannot listen on " + path_ + ": " + problem;
    };
    struct stat found {};
    if (::lstat(path_.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode))
        return said("the path exists and is not a socket");
    if (!replace && net::is_live_unix_socket(path_)) return said("another process listens there");
    const auto address = net::unix_address(beside(path_));
    if (!address) return said("the path is too long");
    net::descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ::unlink(beside(path_).c_str());
    // The mode of the path is that of the socket it is bound to: at no moment is it open to others.
    if (!socket || ::fchmod(socket.get(), 0600) != 0 || ::bind(socket.get(), address->data(), address->size()) != 0 ||
        ::listen(socket.get(), backlog) != 0)
        return said(std::strerror(errno));
    socket_.assign(socket.release());
    return {};
}

void takeover_socket::start() {
    at_path_ = std::rename(beside(path_).c_str(), path_.c_str()) == 0;
    if (!at_path_)
        observe::log(log_level::error, "nobody will be able to take over from this gate",
                     {{"path", path_}, {"reason", std::strerror(errno)}});
    net::asio::co_spawn(
        socket_.get_executor(),
        [](std::shared_ptr<takeover_socket> self) -> awaitable<void> {
            co_await self->accept_loop();
        }(shared_from_this()),
        net::asio::detached);
}

void takeover_socket::close() {
    if (std::exchange(closed_, true)) return;
    if (peer_.is_open() && !handed_over_) [[maybe_unused]]
        const auto heard = say(net::takeover_refusal{"the gate is ending"});
    net::error_code ignored;
    peer_.close(ignored);
    if (!socket_.is_open()) return;
    socket_.close(ignored);
    if (!handed_over_) ::unlink((at_path_ ? path_ : beside(path_)).c_str());
}

awaitable<void> takeover_socket::accept_loop() {
    net::asio::steady_timer pause(co_await net::asio::this_coro::executor);
    while (!closed_) {
        auto [failed] = co_await socket_.async_wait(net::asio::posix::stream_descriptor::wait_read, net::yield);
        if (failed || closed_) co_return;
        const int descriptor = ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            pause.expires_after(pause_when_exhausted);
            [[maybe_unused]] const auto waited = co_await pause.async_wait(net::yield);
            continue;
        }
        peer_.assign(descriptor);
        const auto who = net::peer_of_same_user(descriptor);
        if (who)
            co_await converse(*who);
        else
            observe::log(log_level::warning, "another user was at the takeover socket", {});
        net::error_code ignored;
        peer_.close(ignored);
        if (handed_over_) close();
    }
}

awaitable<void> takeover_socket::converse(pid_t with) {
    const std::string process = std::to_string(with);
    const auto greeting = co_await next_message(for_hello);
    const auto* hello = greeting ? std::get_if<net::takeover_hello>(&*greeting) : nullptr;
    if (hello == nullptr || hello->version != net::takeover_version) {
        observe::log(log_level::warning, "whoever was at the takeover socket did not ask as this version does",
                     {{"pid", process}});
        [[maybe_unused]] const auto heard = say(net::takeover_refusal{"it speaks version 1 of the conversation"});
        co_return;
    }
    std::vector<int> descriptors;
    const auto offer = co_await host_.offer_takeover(descriptors);
    if (!std::holds_alternative<net::takeover_offer>(offer)) {
        [[maybe_unused]] const auto heard = say(offer);
        co_return;
    }
    observe::log(log_level::info, "another process prepares to take over", {{"pid", process}});
    const bool offered = say(offer, descriptors);
    const bool done = offered ? co_await hand_over(with) : false;
    if (!done && !closed_)
        observe::log(log_level::warning, "not taken over: this process goes on serving", {{"pid", process}});
    host_.takeover_over();
}

awaitable<bool> takeover_socket::hand_over(pid_t to) {
    const auto answer = co_await next_message(host_.takeover_patience());
    if (closed_) co_return false;
    if (!answer || !std::holds_alternative<net::takeover_ready>(*answer)) {
        // If it becomes ready later, or was a moment ago, it must hear that it may not.
        [[maybe_unused]] const auto heard = say(net::takeover_refusal{"it was not ready in time"});
        co_return false;
    }
    // From here on in one go: nothing is accepted between the grant and the end of accepting.
    const auto grant = host_.grant_takeover();
    if (!say(grant) || !std::holds_alternative<net::takeover_grant>(grant)) co_return false;
    handed_over_ = true;
    host_.handed_over(to);
    co_return true;
}

awaitable<std::optional<takeover_message>> takeover_socket::next_message(std::chrono::milliseconds within) {
    const net::deadline limit(peer_.get_executor(), net::clock::now() + within, [this] { peer_.cancel(); });
    std::string line;
    std::array<char, 512> room{};
    while (!closed_ && line.size() < net::longest_takeover_line) {
        auto [failed] = co_await peer_.async_wait(net::asio::posix::stream_descriptor::wait_read, net::yield);
        if (failed || limit.expired() || closed_) break;
        // Not recvmsg: descriptors that come along are dropped by the kernel.
        const auto length = ::recv(peer_.native_handle(), room.data(), room.size(), 0);
        if (length < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (length <= 0) break;
        line.append(room.data(), static_cast<std::size_t>(length));
        const auto end = line.find('\n');
        if (end == std::string::npos) continue;
        if (end + 1 != line.size()) break;
        co_return net::parse_takeover_message(std::string_view(line).substr(0, end));
    }
    co_return std::nullopt;
}

bool takeover_socket::say(const takeover_message& message, const std::vector<int>& descriptors) {
    return !net::send_with_descriptors(peer_.native_handle(), net::to_line(message), descriptors);
}

}  // namespace portcullis::proxy
