// Listening sockets that were bound before this process began: by the service manager, or by the gate it takes over
// from. Known by the address they are bound to; whoever listens there takes them. Accepts nothing.
#pragma once

#include "proxy/net/descriptor.hpp"
#include "proxy/net/socket_address.hpp"

#include <string>
#include <vector>

namespace portcullis::net {

/// Whose a listening socket is: its path, if it has one, is the owner's to remove.
enum class socket_owner { gate, service_manager };

struct inherited_socket {
    descriptor socket;  ///< empty: there was none
    socket_owner owner = socket_owner::gate;
};

class inherited_sockets {
public:
    /// What is not a listening stream socket is closed, with a warning.
    void add(descriptor socket, socket_owner owner);
    /// The one that is bound to `address`, if there is one: non-blocking, and nobody else's from now on.
    [[nodiscard]] inherited_socket take(const socket_address& address);
    /// Closes what nobody took, with a warning for each, and removes the paths of those that were a gate's.
    void close_rest();

private:
    struct entry {
        inherited_socket what;
        socket_address address;
    };
    std::vector<entry> entries_;
};

}  // namespace portcullis::net
