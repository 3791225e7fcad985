// A listening socket: binds, accepts, hands connections on. Never stops because of what a connection did.
// Greets nobody: what becomes of a connection is its callback's affair.
#pragma once

#include "proxy/config/config.hpp"
#include "proxy/net/asio.hpp"
#include "proxy/net/inherited_sockets.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace portcullis::net {

/// One accepted connection: a non-blocking descriptor and where it comes from.
struct accepted {
    int descriptor = -1;
    int family = 0;                             ///< AF_INET, AF_INET6 or AF_UNIX
    std::optional<config::ip_address> address;  ///< none: unix socket
    std::uint16_t port = 0;
};

/// The descriptor as a socket of `context`. Errors: the system's; the descriptor is closed then.
[[nodiscard]] result<stream_socket> adopt(asio::io_context& context, const accepted& connection);

/// Held by a shared pointer it may be let go of as soon as it is closed.
class listener : public std::enable_shared_from_this<listener> {
public:
    using handler = std::function<void(accepted)>;

    /// `unix_mode`: the permissions of a unix socket.
    listener(asio::io_context& context, config::listener settings, unsigned unix_mode = 0777);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    /// Resolves, binds and listens. Returns what went wrong in words, empty if nothing: "cannot listen on 0.0.0.0:3306:
    /// Address already in use". A stale unix socket (nobody listens on it) is replaced. IPv6 listeners take IPv6 only.
    /// A socket that was inherited for the address is taken as it is.
    [[nodiscard]] std::string open(inherited_sockets& inherited);
    /// Accepts until close(). `on_accept` owns the descriptor. Once more: others from now on, from the context's
    /// thread.
    void start(handler on_accept);
    /// From the context's thread. The path of a unix socket is removed, unless it is somebody else's: the service
    /// manager's, or that of the gate which still accepts there.
    void close();
    /// As close(), but another process goes on accepting there: the path stays.
    void hand_over();

    /// Open; to be passed on to another process.
    [[nodiscard]] int descriptor() { return socket_.native_handle(); }
    [[nodiscard]] socket_owner owner() const { return owner_; }
    [[nodiscard]] const config::listener& settings() const { return settings_; }

private:
    awaitable<void> accept_loop();
    [[nodiscard]] bool accept_one(bool& exhausted);
    [[nodiscard]] std::string open_tcp();
    [[nodiscard]] std::string open_unix();

    config::listener settings_;
    const unsigned unix_mode_;
    asio::posix::stream_descriptor socket_;
    asio::steady_timer pause_;
    handler on_accept_;
    socket_owner owner_ = socket_owner::gate;
    bool owns_path_ = false;
    bool started_ = false;
    bool closed_ = false;
};

}  // namespace portcullis::net
