#include "unit/session/stage.hpp"

#include "protocol/capabilities.hpp"
#include "protocol/packet.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <filesystem>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace portcullis::testing {
namespace {

constexpr int patience_ms = 5000;

bool readable(int descriptor) {
    pollfd waiting{descriptor, POLLIN, 0};
    return ::poll(&waiting, 1, patience_ms) == 1;
}

config::configuration settings_for(std::uint16_t port, bool local_infile) {
    config::configuration settings;
    settings.accounts.default_require = config::requirement::none;
    config::account with_tls;
    with_tls.user = "needs_tls";
    settings.accounts.rules.push_back(with_tls);
    config::cluster only;
    only.name = "default";
    only.ssl_mode = config::ssl_mode::disabled;
    only.local_infile = local_infile;
    only.aggregators.push_back({config::endpoint{"127.0.0.1", port, {}}, 1});
    settings.clusters.push_back(only);
    settings.listeners.emplace_back().cluster = "default";
    settings.timeouts.login = std::chrono::seconds(4);
    settings.timeouts.connect = std::chrono::seconds(2);
    return settings;
}

}  // namespace

peer::peer(int descriptor) : descriptor_(descriptor) {}

void peer::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void peer::send_raw(protocol::bytes_view wire, bool drip) const {
    const std::size_t piece = drip ? 1 : wire.size();
    while (!wire.empty()) {
        const auto sent = ::send(descriptor_, wire.data(), std::min(piece, wire.size()), MSG_NOSIGNAL);
        if (sent <= 0) return;
        wire = wire.subspan(static_cast<std::size_t>(sent));
    }
}

void peer::send(std::uint8_t sequence_id, protocol::bytes_view payload, bool drip) const {
    protocol::bytes wire;
    protocol::append_packet(wire, sequence_id, payload);
    send_raw(wire, drip);
}

bool peer::fill(std::span<std::uint8_t> out) const {
    while (!out.empty()) {
        if (!readable(descriptor_)) return false;
        const auto size = ::recv(descriptor_, out.data(), out.size(), 0);
        if (size <= 0) return false;
        out = out.subspan(static_cast<std::size_t>(size));
    }
    return true;
}

std::optional<peer::packet> peer::read() {
    std::array<std::uint8_t, protocol::packet_header_size> wire{};
    if (!fill(wire)) return std::nullopt;
    const auto header = protocol::parse_packet_header(wire);
    packet found{header.sequence_id, protocol::bytes(header.length)};
    if (!fill(found.payload)) return std::nullopt;
    return found;
}

bool peer::read_to_end() const {
    std::array<std::uint8_t, 4096> sink{};
    while (readable(descriptor_))
        if (::recv(descriptor_, sink.data(), sink.size(), 0) <= 0) return true;
    return false;
}

stage::stage(bool local_infile) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listening_, 16), 0);
    EXPECT_EQ(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size), 0);

    const auto settings = settings_for(ntohs(address.sin_port), local_infile);
    cluster_ = std::make_shared<cluster::cluster>(settings.clusters.front(), nullptr, "");
    env_ = std::make_shared<session::environment>(session::environment{settings.gate,
                                                                       settings.timeouts,
                                                                       gate::account_table(settings.accounts),
                                                                       gate::limits::create(settings.limits),
                                                                       std::make_shared<gate::bans>(settings.limits),
                                                                       {},
                                                                       std::make_shared<std::atomic<std::uint32_t>>(1),
                                                                       std::make_shared<observe::close_counters>(),
                                                                       nullptr});
    env_->entrances.push_back(
        std::make_shared<session::entrance>(session::entrance{settings.listeners.front(), nullptr, cluster_}));
    cluster::learned facts{"8.0.0-test", ~protocol::capability_flags{0} & 0xffffffffU, "mysql_native_password", 45};
    member().mark_usable(facts);
    member().set_switching(cluster::auth_switch::supported);
    worker_.start();
}

stage::~stage() {
    worker_.stop_members();
    worker_.join();
    ::close(listening_);
}

peer stage::connect() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    session::begin_session(worker_, env_, env_->entrances.front(), {ends[0], AF_UNIX, std::nullopt, 0});
    return peer(ends[1]);
}

peer stage::accept() const {
    if (!readable(listening_)) return {};
    return peer(::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC));
}

bool stage::ended() {
    for (int i = 0; i < 1000 && worker_.load() > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return worker_.load() == 0;
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator listing("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(listing), end(listing)));
}

}  // namespace portcullis::testing
