// Where a running gate waits for the process that is to take over from it: a unix socket for its own user alone, one
// conversation at a time. What is handed over, and when, its host decides.
#pragma once

#include "proxy/net/deadline.hpp"
#include "proxy/net/descriptor.hpp"
#include "proxy/net/takeover_message.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace portcullis::proxy {

/// Called on the socket's context.
class takeover_host {
public:
    virtual ~takeover_host() = default;
    /// An offer and, in `descriptors`, what goes with it; or a refusal. After an offer nothing of it changes until
    /// takeover_over().
    virtual net::awaitable<net::takeover_message> offer_takeover(std::vector<int>& descriptors) = 0;
    /// How long the other may take from the offer until it is ready.
    [[nodiscard]] virtual std::chrono::milliseconds takeover_patience() const = 0;
    /// A grant, or a refusal.
    [[nodiscard]] virtual net::takeover_message grant_takeover() const = 0;
    /// The other has the grant: it accepts from now on.
    virtual void handed_over(pid_t to) = 0;
    /// The conversation that began with an offer has ended, in whatever way.
    virtual void takeover_over() = 0;
};

class takeover_socket : public std::enable_shared_from_this<takeover_socket> {
public:
    /// `path`: where others find it. `host` must live until the context stopped.
    takeover_socket(net::asio::io_context& context, std::string path, takeover_host& host);
    ~takeover_socket();
    takeover_socket(const takeover_socket&) = delete;
    takeover_socket& operator=(const takeover_socket&) = delete;

    /// Binds and listens, beside the path. `replace`: the path is that of a gate that lives. Returns what went wrong in
    /// words, empty if nothing.
    [[nodiscard]] std::string open(bool replace);
    /// Puts the socket at its path, in place of what is there, and converses from now on.
    void start();
    /// Whoever is in a conversation is refused. The path is removed.
    void close();

private:
    net::awaitable<void> accept_loop();
    net::awaitable<void> converse(pid_t with);
    net::awaitable<bool> hand_over(pid_t to);
    /// Nothing: not one message came within the time.
    net::awaitable<std::optional<net::takeover_message>> next_message(std::chrono::milliseconds within);
    [[nodiscard]] bool say(const net::takeover_message& message, const std::vector<int>& descriptors = {});

    const std::string path_;
    takeover_host& host_;
    net::asio::posix::stream_descriptor socket_;
    net::asio::posix::stream_descriptor peer_;  ///< open while there is a conversation
    bool at_path_ = false;
    bool closed_ = false;
    bool handed_over_ = false;  ///< the path is the other's
};

}  // namespace portcullis::proxy
