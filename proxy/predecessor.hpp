// The gate that serves already, as the process sees it that is to take over: asks it for its sockets, tells it when
// everything is ready. Blocks, with deadlines: there is nothing else to do yet.
#pragma once

#include "proxy/net/descriptor.hpp"
#include "proxy/net/inherited_sockets.hpp"
#include "proxy/net/takeover_message.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

namespace portcullis::proxy {

class predecessor {
public:
    /// Connects to the gate's gate.takeover_socket and adds its listening sockets to `inherited`. Nothing: nobody
    /// listens there or, with words in `problem`, it would not hand over.
    [[nodiscard]] static std::optional<predecessor> meet(const std::string& path, net::inherited_sockets& inherited,
                                                         std::string& problem);

    /// Tells it that this process is ready. What it hands over, as soon as it accepts no more. Nothing: it refused,
    /// with words in `problem`; it goes on serving.
    [[nodiscard]] std::optional<net::takeover_grant> relieve(std::string& problem);

    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    predecessor(net::descriptor socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}
    [[nodiscard]] bool ask_for_sockets(net::inherited_sockets& inherited, std::string& problem);
    [[nodiscard]] bool say(const net::takeover_message& message) const;
    /// Nothing: no message came within the time; then why is in `problem`.
    [[nodiscard]] std::optional<net::takeover_message> hear(std::chrono::milliseconds within,
                                                            std::vector<net::descriptor>& descriptors,
                                                            std::string& problem) const;

    net::descriptor socket_;
    pid_t pid_;
    std::uint32_t counter_ = 0;
};

}  // namespace portcullis::proxy
