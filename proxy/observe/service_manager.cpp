#include "proxy/observe/service_manager.hpp"

#include "proxy/observe/log.hpp"

#include <string>
#include <system_error>
#include <systemd/sd-daemon.h>
#include <unistd.h>

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

void tell_ready(bool new_main) {
    tell(new_main ? "READY=1\nMAINPID=" + std::to_string(::getpid()) : "READY=1");
}

void tell_stopping(std::chrono::milliseconds at_most) {
    tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string((at_most + after_drain).count()));
}

std::vector<int> listening_descriptors() {
    const int count = ::sd_listen_fds(1);
    if (count < 0)
        log(log_level::warning, "the sockets of the service manager could not be taken",
            {{"reason", std::generic_category().message(-count)}});
    std::vector<int> found;
    for (int i = 0; i < count; ++i) found.push_back(SD_LISTEN_FDS_START + i);
    return found;
}

}  // namespace portcullis::observe
