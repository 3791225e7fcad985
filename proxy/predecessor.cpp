#include "proxy/predecessor.hpp"

#include "protocol/connection_id.hpp"
#include "proxy/net/passed_descriptors.hpp"
#include "proxy/net/unix_path.hpp"
#include "proxy/observe/log.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

namespace portcullis::proxy {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

/// A reload that is under way there ends first.
constexpr auto for_offer = 60s;
constexpr auto for_grant = 10s;

}  // namespace

std::optional<predecessor> predecessor::meet(const std::string& path, net::inherited_sockets& inherited,
                                             std::string& problem) {
    const auto address = net::unix_address(path);
    net::descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!address || !socket) {
        problem = !address ? "the path is too long" : std::strerror(errno);
        return std::nullopt;
    }
    if (::connect(socket.get(), address->data(), address->size()) != 0) {
        if (errno != ENOENT && errno != ECONNREFUSED) problem = std::strerror(errno);
        return std::nullopt;
    }
    const auto pid = net::peer_of_same_user(socket.get());
    if (!pid) {
        problem = "another user listens there";
        return std::nullopt;
    }
    predecessor met(std::move(socket), *pid);
    if (!met.ask_for_sockets(inherited, problem)) return std::nullopt;
    return met;
}

bool predecessor::ask_for_sockets(net::inherited_sockets& inherited, std::string& problem) {
    [[maybe_unused]] const auto said = say(net::takeover_hello{});  // if it could not be, hear() says why
    std::vector<net::descriptor> descriptors;
    const auto answer = hear(for_offer, descriptors, problem);
    if (!answer) return false;
    const auto* offer = std::get_if<net::takeover_offer>(&*answer);
    if (offer == nullptr || offer->owners.size() != descriptors.size()) {
        problem = "what it offers cannot be understood";
        return false;
    }
    counter_ = offer->connection_counter;
    for (std::size_t i = 0; i < descriptors.size(); ++i)
        inherited.add(std::move(descriptors[i]),
                      offer->owners[i] == 'm' ? net::socket_owner::service_manager : net::socket_owner::gate);
    return true;
}

std::optional<net::takeover_grant> predecessor::relieve(std::string& problem) {
    [[maybe_unused]] const auto said = say(net::takeover_ready{});
    std::vector<net::descriptor> none;
    std::string trouble;
    const auto answer = hear(for_grant, none, trouble);
    if (answer) {
        if (const auto* grant = std::get_if<net::takeover_grant>(&*answer)) return *grant;
        problem = "it answered out of turn";
        return std::nullopt;
    }
    if (trouble.starts_with("it refused")) {
        problem = trouble;
        return std::nullopt;
    }
    // It died or hangs: it does not serve. If it wakes up it finds the message and accepts no more.
    observe::log(observe::log_level::warning, "the gate before this one did not answer; serving in its place",
                 {{"pid", std::to_string(pid_)}, {"reason", trouble}});
    return net::takeover_grant{counter_ + (protocol::connection_counter_mask + 1) / 2, {}};
}

bool predecessor::say(const net::takeover_message& message) const {
    return !net::send_with_descriptors(socket_.get(), net::to_line(message), {});
}

std::optional<net::takeover_message> predecessor::hear(std::chrono::milliseconds within,
                                                       std::vector<net::descriptor>& descriptors,
                                                       std::string& problem) const {
    const auto until = clock::now() + within;
    std::string line;
    std::array<char, 4096> room{};
    while (line.find('\n') == std::string::npos && line.size() < net::longest_takeover_line) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
        pollfd waiting{socket_.get(), POLLIN, 0};
        const auto woken = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
        if (woken < 0 && errno == EINTR) continue;
        const auto length = woken > 0 ? net::receive_with_descriptors(socket_.get(), room, descriptors)
                                      : net::result<std::size_t>(make_error_code(boost::system::errc::timed_out));
        if (!length || *length == 0) {
            problem = length ? "it ended the conversation" : length.error().message();
            return std::nullopt;
        }
        line.append(room.data(), *length);
    }
    const auto end = line.find('\n');
    const auto message =
        end + 1 == line.size() ? net::parse_takeover_message(std::string_view(line).substr(0, end)) : std::nullopt;
    if (!message) {
        problem = "what it says cannot be understood";
        return std::nullopt;
    }
    if (const auto* refusal = std::get_if<net::takeover_refusal>(&*message)) {
        problem = "it refused: " + refusal->reason;
        return std::nullopt;
    }
    return message;
}

}  // namespace portcullis::proxy
