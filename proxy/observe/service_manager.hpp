// What the service manager is told of the gate's life: sd_notify(3), for a unit of Type=notify.
// Nothing happens where NOTIFY_SOCKET is not set; whoever does not listen there is not waited for.
#pragma once

#include <chrono>

namespace portcullis::observe {

/// Every listener is bound and serves.
void tell_ready();

/// The gate drains, for `at_most`: the manager's own time-out for stopping (TimeoutStopSec) is put off until then.
void tell_stopping(std::chrono::milliseconds at_most);

}  // namespace portcullis::observe
