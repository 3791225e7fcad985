#include "proxy/run_command.hpp"

#include "certs/effective.hpp"
#include "proxy/cluster/health_monitor.hpp"
#include "proxy/config/check.hpp"
#include "proxy/config/contexts.hpp"
#include "proxy/config/load.hpp"
#include "proxy/net/listener.hpp"
#include "proxy/net/worker.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/session/session.hpp"

#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <ostream>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace portcullis::proxy {
namespace {

using namespace std::chrono_literals;
using net::awaitable;
using observe::log_level;

/// Everything of a configuration that is valid as a whole.
struct blueprint {
    config::configuration settings;
    config::contexts contexts;
};

bool read_blueprint(const std::filesystem::path& file, std::ostream& err, blueprint& out) {
    auto loaded = config::load_file(file);
    out.contexts = config::build_contexts(loaded.value, loaded.diagnostics);
    config::sort_by_line(loaded.diagnostics);
    for (const auto& each : loaded.diagnostics) err << each.to_string() << '\n';
    out.settings = std::move(loaded.value);
    return !config::has_errors(loaded.diagnostics);
}

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

class running_gate {
public:
    explicit running_gate(blueprint plan);

    /// Binds every listener; false, with all problems on `err`, if one could not be.
    [[nodiscard]] bool open(std::ostream& err);
    void serve();

private:
    void announce();
    awaitable<void> await_signals();
    awaitable<void> lift_bans_on_signal();
    awaitable<void> drain();
    void close_listeners();
    void stop();

    config::configuration settings_;
    net::asio::io_context control_{1};  ///< accepts and signals; sessions are on the workers
    net::asio::signal_set signals_{control_, SIGINT, SIGTERM};
    net::asio::signal_set lift_signal_{control_, SIGUSR2};
    std::vector<std::shared_ptr<cluster::cluster>> clusters_;
    std::shared_ptr<const session::environment> env_;
    std::vector<std::unique_ptr<net::listener>> listeners_;
    net::worker_pool workers_;
    cluster::health_monitor health_;
    bool hurry_ = false;
};

std::vector<std::shared_ptr<cluster::cluster>> make_clusters(const config::configuration& settings,
                                                             config::contexts& contexts) {
    std::vector<std::shared_ptr<cluster::cluster>> made;
    for (const auto& each : settings.clusters)
        made.push_back(std::make_shared<cluster::cluster>(each, std::move(contexts.clusters[each.name]),
                                                          settings.gate.server_version));
    return made;
}

std::shared_ptr<const session::environment> make_environment(
    const config::configuration& settings, config::contexts& contexts,
    const std::vector<std::shared_ptr<cluster::cluster>>& clusters) {
    auto env =
        std::make_shared<session::environment>(session::environment{settings.gate,
                                                                    settings.timeouts,
                                                                    gate::account_table(settings.accounts),
                                                                    gate::limits::create(settings.limits),
                                                                    std::make_shared<gate::bans>(settings.limits),
                                                                    {},
                                                                    std::make_shared<std::atomic<std::uint32_t>>(1),
                                                                    std::make_shared<observe::close_counters>(),
                                                                    contexts.password_key});
    if (!env->password_key && config::admits_plaintext(settings)) env->password_key = certs::password_key::make();
    for (const auto& each : settings.listeners) {
        const auto target = std::find_if(clusters.begin(), clusters.end(), [&each](const auto& candidate) {
            return candidate->settings().name == each.cluster;
        });
        env->entrances.push_back(std::make_shared<session::entrance>(
            session::entrance{each, std::move(contexts.listeners[each.name]), *target}));
    }
    return env;
}

running_gate::running_gate(blueprint plan)
    : settings_(std::move(plan.settings)),
      clusters_(make_clusters(settings_, plan.contexts)),
      env_(make_environment(settings_, plan.contexts, clusters_)),
      workers_(settings_.gate.workers),
      health_(clusters_, settings_.timeouts.connect) {}

bool running_gate::open(std::ostream& err) {
    bool opened = true;
    for (const auto& each : settings_.listeners) {
        listeners_.push_back(std::make_unique<net::listener>(control_, each));
        const auto problem = listeners_.back()->open();
        if (problem.empty()) continue;
        err << problem << '\n';
        opened = false;
    }
    return opened;
}

void running_gate::announce() {
    for (const auto& each : env_->entrances) {
        const auto versions =
            each->context ? certs::effective_of_server(each->context.get()).versions.to_string() : std::string("none");
        observe::log(each->context ? log_level::info : log_level::warning,
                     each->context ? "listening" : "listening without TLS: everything is in the clear",
                     {{"listener", each->settings.name},
                      {"address", each->settings.address.to_string()},
                      {"cluster", each->settings.cluster},
                      {"tls_version", versions}});
    }
    for (const auto& each : clusters_) {
        const auto mode = each->settings().ssl_mode;
        if (mode == config::ssl_mode::disabled || mode == config::ssl_mode::preferred)
            observe::log(log_level::warning, "connections to the cluster may be in the clear (ssl_mode)",
                         {{"cluster", each->settings().name}});
        if (!each->has_usable_member())
            observe::log(log_level::error, "no aggregator of the cluster can be used",
                         {{"cluster", each->settings().name}});
    }
    observe::log(log_level::info, "ready",
                 {{"listeners", std::to_string(listeners_.size())}, {"workers", std::to_string(workers_.size())}});
}

void running_gate::serve() {
    workers_.start();
    health_.start();
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        listeners_[i]->start([this, door = env_->entrances[i]](const net::accepted& from) {
            session::begin_session(workers_.least_loaded(), env_, door, from);
        });
    net::asio::co_spawn(control_, await_signals(), net::asio::detached);
    net::asio::co_spawn(control_, lift_bans_on_signal(), net::asio::detached);
    announce();
    control_.run();
    stop();
}

awaitable<void> running_gate::await_signals() {
    auto [failed, first] = co_await signals_.async_wait(net::yield);
    if (failed) co_return;
    observe::log(log_level::info, "draining: no new connections; a second signal ends all sessions at once",
                 {{"sessions", std::to_string(workers_.load())}});
    close_listeners();
    for (const auto& each : clusters_) each->stop_keeping();
    net::asio::co_spawn(control_, drain(), net::asio::detached);
    auto [interrupted, second] = co_await signals_.async_wait(net::yield);
    if (!interrupted) hurry_ = true;
}

awaitable<void> running_gate::lift_bans_on_signal() {
    for (;;) {
        auto [failed, signal] = co_await lift_signal_.async_wait(net::yield);
        if (failed) co_return;
        const auto lifted = env_->bans->lift_all(net::clock::now());
        observe::log(log_level::info, "bans lifted", {{"networks", std::to_string(lifted)}});
    }
}

/// Ends when the sessions have ended, or when they were ended.
awaitable<void> running_gate::drain() {
    net::asio::steady_timer pause(control_);
    const auto until = net::clock::now() + settings_.timeouts.drain;
    while (workers_.load() > 0 && !hurry_ && net::clock::now() < until) {
        pause.expires_after(20ms);
        [[maybe_unused]] const auto waited = co_await pause.async_wait(net::yield);
    }
    if (workers_.load() > 0)
        observe::log(log_level::warning, "ending the sessions that are left",
                     {{"sessions", std::to_string(workers_.load())}});
    workers_.stop_members();
    control_.stop();
}

void running_gate::close_listeners() {
    for (const auto& each : listeners_) each->close();
}

void running_gate::stop() {
    health_.stop();
    workers_.join();
    observe::log(log_level::info, "stopped", {{"sessions_served", std::to_string(env_->counters->total())}});
    observe::flush_log();
}

}  // namespace

int run_command(const std::filesystem::path& file, std::ostream& err) {
    forbid_core_dumps();
    std::signal(SIGPIPE, SIG_IGN);  // a log reader that went away must not take the gate with it
    blueprint plan;
    if (!read_blueprint(file, err, plan)) return 1;
    const auto problem = observe::open_log(plan.settings.log);
    if (!problem.empty()) {
        err << "log.file: " << problem << '\n';
        return 1;
    }
    raise_descriptor_limit(plan.settings);
    running_gate gate(std::move(plan));
    if (!gate.open(err)) return 1;
    gate.serve();
    return 0;
}

}  // namespace portcullis::proxy
