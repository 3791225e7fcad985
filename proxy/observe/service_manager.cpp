#include "proxy/observe/service_manager.hpp"

#include "proxy/observe/log.hpp"

#include <string>
#include <system_error>
#include <systemd/sd-daemon.h>

namespace portcullis::observe {
namespace {

using namespace std::chrono_literals;

/// Between the end of the drain and the end of the process: the workers' threads end, the log is written.
constexpr std::chrono::microseconds after_drain = 5s;

void tell(const std::string& state) {
    const int sent = ::sd_notify(0, state.c_str());
    if (sent < 0)
        log(log_level::warning, "the service manager could not be told of the gate's state",
            {{"reason", std::generic_category().message(-sent)}});
}

}  // namespace

void tell_ready() {
    tell("READY=1");
}

void tell_stopping(std::chrono::milliseconds at_most) {
    tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string((at_most + after_drain).count()));
}

}  // namespace portcullis::observe
