// What the service manager is told of the gate's life: sd_notify(3), for a unit of Type=notify; and what it hands to
// it. Nothing happens where NOTIFY_SOCKET is not set; whoever does not listen there is not waited for.
#pragma once

#include <chrono>
#include <vector>

namespace portcullis::observe {

/// Every listener is bound and serves. `new_main`: this process is the service's from now on, in place of another.
void tell_ready(bool new_main);

/// The gate drains, for `at_most`: the manager's own time-out for stopping (TimeoutStopSec) is put off until then.
void tell_stopping(std::chrono::milliseconds at_most);

/// The descriptors of the sockets that the manager bound for this process (sd_listen_fds(3)); they are the caller's.
/// Before other threads begin: the environment forgets them.
[[nodiscard]] std::vector<int> listening_descriptors();

}  // namespace portcullis::observe
