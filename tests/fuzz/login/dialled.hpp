// Where the gate dials: what it connects to over TCP is carried by a unix socket of the script's. There every byte has
// arrived when send() returns, so that a run is the same every time, and no run uses up a port.
// Replaces socket() and connect() of the C library; knows nothing of what is said.
#pragma once

#include "proxy/config/address.hpp"

#include <cstdint>
#include <vector>

namespace portcullis::fuzzing {

/// A listening socket of one member, and the two ways to write its address.
class door {
public:
    /// `port` of 127.0.0.1.
    explicit door(std::uint16_t port);

    [[nodiscard]] config::endpoint tcp_address() const { return {"127.0.0.1", port_, {}}; }
    [[nodiscard]] config::endpoint unix_address() const;

    /// Connections that were made since the last call.
    void accept(std::vector<int>& into) const;

private:
    std::uint16_t port_;
    int listening_;
};

}  // namespace portcullis::fuzzing
