#include "proxy/run_command.hpp"

#include "proxy/observe/audit.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/observe/service_manager.hpp"
#include "proxy/running_gate.hpp"

#include <csignal>
#include <ostream>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace portcullis::proxy {
namespace {

using observe::log_level;

/// A session needs two descriptors, a kept connection one. The soft limit is ours to raise; the hard one is the
/// administrator's.
void raise_descriptor_limit(const config::configuration& settings) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    rlim_t needed = 2UL * settings.limits.max_connections + 100;
    for (const auto& each : settings.clusters)
        if (each.reuse != config::reuse::off) needed += each.aggregators.size() * each.reuse_max;
    if (limit.rlim_cur < needed)
        observe::log(log_level::warning, "the limit of open files is too low for limits.max_connections",
                     {{"limit", std::to_string(limit.rlim_cur)}, {"needed", std::to_string(needed)}});
}

/// Passwords pass through memory: no core dump may keep them, nor may another process of this user read them (security
/// rule 15). The limit alone would not do: a core_pattern that is a pipe ignores it.
void forbid_core_dumps() {
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        observe::log(log_level::warning, "core dumps cannot be turned off: one would hold passwords");
}

/// False, with words on `err`, if this process must not serve.
bool meet_predecessor(const config::gate& settings, inheritance& inherited, std::ostream& err) {
    if (settings.takeover_socket.empty()) {
        err << "--take-over: gate.takeover_socket is not set\n";
        return false;
    }
    std::string problem;
    inherited.from = predecessor::meet(settings.takeover_socket, inherited.sockets, problem);
    if (!problem.empty()) {
        err << "--take-over: the gate at " << settings.takeover_socket.string() << " does not hand over: " << problem
            << '\n';
        return false;
    }
    if (!inherited.from)
        observe::log(log_level::info, "nobody listens at the takeover socket: starting as usual",
                     {{"path", settings.takeover_socket.string()}});
    return true;
}

}  // namespace

int run_command(const std::filesystem::path& file, bool take_over, std::ostream& err) {
    forbid_core_dumps();
    inheritance inherited;
    for (const int each : observe::listening_descriptors())
        inherited.sockets.add(net::descriptor(each), net::socket_owner::service_manager);
    std::signal(SIGPIPE, SIG_IGN);  // a log reader that went away must not take the gate with it
    std::signal(SIGXFSZ, SIG_IGN);  // nor a log file that may not grow
    auto plan = read_blueprint(file);
    for (const auto& each : plan.diagnostics) err << each.to_string() << '\n';
    if (!plan.usable()) return 1;
    std::string problem;
    auto log = observe::open_log(plan.settings.log, problem);
    if (!problem.empty()) {
        err << "log.file: " << problem << '\n';
        return 1;
    }
    auto audit = observe::open_audit(plan.settings, problem);
    if (!problem.empty()) {
        err << "audit: " << problem << '\n';
        return 1;
    }
    std::move(log).use();
    std::move(audit).use();
    raise_descriptor_limit(plan.settings);
    if (take_over && !meet_predecessor(plan.settings.gate, inherited, err)) return 1;
    running_gate gate(file, std::move(plan), std::move(inherited));
    if (!gate.open(err)) return 1;
    return gate.serve() ? 0 : 1;
}

}  // namespace portcullis::proxy
