#include "proxy/running_gate.hpp"

#include "certs/effective.hpp"
#include "proxy/net/passed_descriptors.hpp"
#include "proxy/observe/service_manager.hpp"
#include "proxy/session/session.hpp"

#include <algorithm>
#include <csignal>
#include <ostream>

namespace portcullis::proxy {

using namespace std::chrono_literals;
using net::awaitable;
using observe::log_level;

namespace {

/// How old a change of a certificate file can get that the kernel did not tell of.
constexpr auto between_looks = 10s;

}  // namespace

running_gate::running_gate(std::filesystem::path file, blueprint plan, inheritance inherited)
    : file_(std::move(file)),
      files_(control_, between_looks),
      now_(make_generation(std::move(plan))),
      inherited_(std::move(inherited)),
      workers_(now_->settings.gate.workers),
      operations_(workers_, control_.get_executor(), orders()),
      admin_(now_->settings.admin, std::move(now_->admin), operations_) {
    operations_.adopt(gate_operations::look_at(now_));
    reloads_.last_attempt = reloads_.last_success = std::chrono::system_clock::now();
}

bool running_gate::open(std::ostream& err) {
    std::vector<std::string> problems;
    listeners_ = listeners_of(*now_, problems);
    auto problem = admin_.open(inherited_.sockets);
    if (!problem.empty()) problems.push_back(std::move(problem));
    if (const auto& path = now_->settings.gate.takeover_socket; problems.empty() && !path.empty()) {
        takeover_ = std::make_shared<takeover_socket>(control_, path, *this);
        problem = takeover_->open(inherited_.from.has_value());
        if (!problem.empty()) problems.push_back(std::move(problem));
    }
    for (const auto& each : problems) err << each << '\n';
    return problems.empty();
}

/// What the administration interface orders from its own thread.
gate_orders running_gate::orders() {
    return {
        [this] { return net::asio::co_spawn(control_, reload(reload_cause::administration), net::asio::use_future); },
        [this](std::optional<std::chrono::milliseconds> deadline) {
            net::asio::post(control_, [this, deadline] {
                if (draining_) return;
                drain_within_ = deadline;
                std::raise(SIGTERM);
            });
        }};
}

void running_gate::announce() {
    for (const auto& each : now_->env->entrances) {
        const auto versions =
            each->context ? certs::effective_of_server(each->context.get()).versions.to_string() : std::string("none");
        observe::log(each->context ? log_level::info : log_level::warning,
                     each->context ? "listening" : "listening without TLS: everything is in the clear",
                     {{"listener", each->settings.name},
                      {"address", each->settings.address.to_string()},
                      {"cluster", each->settings.cluster},
                      {"tls_version", versions}});
    }
    for (const auto& each : now_->clusters) {
        const auto mode = each->settings().ssl_mode;
        if (mode == config::ssl_mode::disabled || mode == config::ssl_mode::preferred)
            observe::log(log_level::warning, "connections to the cluster may be in the clear (ssl_mode)",
                         {{"cluster", each->settings().name}});
        if (!each->has_usable_member())
            observe::log(log_level::error, "no aggregator of the cluster can be used",
                         {{"cluster", each->settings().name}});
    }
}

/// From the gate before: its last act is to say which connection ids it gave out.
bool running_gate::relieve() {
    std::string problem;
    const auto counter = inherited_.from->relieve(problem);
    if (!counter) {
        observe::log(log_level::error, "not taken over: the gate before this one goes on serving",
                     {{"reason", problem}});
        return false;
    }
    now_->env->connection_counter->store(*counter);
    observe::log(log_level::info, "taken over from the gate before this one",
                 {{"pid", std::to_string(inherited_.from->pid())}});
    return true;
}

bool running_gate::serve() {
    workers_.start();
    if (!inherited_.from) admin_.start();
    now_->health->start();
    if (inherited_.from) {
        if (!relieve()) {
            stop();
            return false;
        }
        admin_.start();
    }
    inherited_.sockets.close_rest();
    for (std::size_t i = 0; i < listeners_.size(); ++i) lead(*listeners_[i], *now_, now_->settings.listeners[i]);
    net::asio::co_spawn(control_, await_signals(), net::asio::detached);
    net::asio::co_spawn(control_, lift_bans_on_signal(), net::asio::detached);
    net::asio::co_spawn(control_, reload_on_signal(), net::asio::detached);
    net::asio::co_spawn(control_, reload_on_change(), net::asio::detached);
    net::asio::co_spawn(control_, warn_of_expiry(), net::asio::detached);
    announce();
    observe::log(log_level::info, "ready",
                 {{"listeners", std::to_string(listeners_.size())}, {"workers", std::to_string(workers_.size())}});
    observe::audit_administration("start", "process", true);
    if (takeover_) takeover_->start();
    observe::tell_ready(inherited_.from.has_value());
    inherited_.from.reset();
    control_.run();
    stop();
    return true;
}

/// Whoever comes through `way` from now on is a session of this generation.
void running_gate::lead(net::listener& way, const generation& into, const config::listener& settings) {
    way.start([this, env = into.env, door = into.entrance_of(settings)](const net::accepted& from) {
        session::begin_session(workers_.least_loaded(), env, door, from);
    });
}

// --- the end
// -------------------------------------------------------------------------------------------------------------

awaitable<void> running_gate::await_signals() {
    auto [failed, first] = co_await signals_.async_wait(net::yield);
    if (failed) co_return;
    observe::log(log_level::info, "draining: no new connections; a second signal ends all sessions at once",
                 {{"sessions", std::to_string(workers_.load())}});
    if (!draining_) {  // else the service goes on, in another process
        observe::tell_stopping(drain_within_.value_or(now_->settings.timeouts.drain));
        if (takeover_) takeover_->close();
        end_accepting();
    }
    auto [interrupted, second] = co_await signals_.async_wait(net::yield);
    if (!interrupted) hurry_ = true;
}

void running_gate::end_accepting() {
    observe::audit_administration("drain", "process", true, {}, std::to_string(workers_.load()) + " sessions");
    draining_ = true;
    operations_.set_draining();
    for (const auto& each : listeners_) each->close();
    for (const auto& each : now_->clusters) each->stop_keeping();
    net::asio::co_spawn(control_, drain(), net::asio::detached);
}

awaitable<void> running_gate::lift_bans_on_signal() {
    for (;;) {
        auto [failed, signal] = co_await lift_signal_.async_wait(net::yield);
        if (failed) co_return;
        const auto lifted = now_->env->bans->lift_all(net::clock::now());
        observe::log(log_level::info, "bans lifted", {{"networks", std::to_string(lifted)}});
        observe::audit_administration("unban", "signal", true, {}, std::to_string(lifted) + " networks");
    }
}

/// Ends when the sessions have ended, or when they were ended.
awaitable<void> running_gate::drain() {
    net::asio::steady_timer pause(control_);
    const auto until = net::clock::now() + drain_within_.value_or(now_->settings.timeouts.drain);
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

void running_gate::stop() {
    admin_.stop();
    chores_.join();
    now_->health->stop();
    workers_.join();
    observe::audit_administration("stop", "process", true);
    observe::log(log_level::info, "stopped", {{"sessions_served", std::to_string(now_->env->counters->total())}});
    observe::flush_log();
}

// --- another process takes over
// -------------------------------------------------------------------------------------------------

awaitable<net::takeover_message> running_gate::offer_takeover(std::vector<int>& descriptors) {
    co_await change_alone();
    net::takeover_offer offer{now_->env->connection_counter->load(), {}};
    auto all = listeners_;
    all.insert(all.end(), admin_.listeners().begin(), admin_.listeners().end());
    for (const auto& each : all) {
        descriptors.push_back(each->descriptor());
        offer.owners += each->owner() == net::socket_owner::gate ? 'g' : 'm';
    }
    if (!draining_ && descriptors.size() <= net::most_passed_descriptors) co_return offer;
    change_over();
    co_return net::takeover_refusal{draining_ ? "the gate is ending" : "it has more than 253 listeners"};
}

/// A configuration is read and every aggregator looked at meanwhile.
std::chrono::milliseconds running_gate::takeover_patience() const {
    return 60s + 2 * now_->settings.timeouts.connect;
}

/// Sessions take their ids a while after they were accepted: some of those that live have none yet.
net::takeover_message running_gate::grant_takeover() const {
    if (draining_) return net::takeover_refusal{"the gate is ending"};
    const auto without_id = workers_.load();  // at most; looked at first, as they can only become fewer
    return net::takeover_grant{now_->env->connection_counter->load() + without_id};
}

void running_gate::handed_over(pid_t to) {
    observe::log(log_level::info, "handed over to another process; draining",
                 {{"pid", std::to_string(to)}, {"sessions", std::to_string(workers_.load())}});
    for (const auto& each : listeners_) each->hand_over();
    admin_.hand_over();
    end_accepting();
}

void running_gate::takeover_over() {
    change_over();
}

// --- a new configuration
// -------------------------------------------------------------------------------------------------

awaitable<void> running_gate::reload_on_signal() {
    for (;;) {
        auto [failed, signal] = co_await reload_signal_.async_wait(net::yield);
        if (failed) co_return;
        [[maybe_unused]] const auto told_by_the_log = co_await reload(reload_cause::signal);
    }
}

/// Certificates, keys and revocation lists; the configuration file waits for somebody to say so.
awaitable<void> running_gate::reload_on_change() {
    files_.watch(now_->files);
    for (;;) {
        const auto failed = co_await files_.changed();
        if (failed) co_return;
        [[maybe_unused]] const auto told_by_the_log = co_await reload(reload_cause::files_changed);
    }
}

/// What was said at the start of a certificate with few days left is said again every day.
awaitable<void> running_gate::warn_of_expiry() {
    net::asio::steady_timer pause(control_);
    for (;;) {
        pause.expires_after(24h);
        auto [failed] = co_await pause.async_wait(net::yield);
        if (failed) co_return;
        net::asio::post(chores_, [settings = now_->settings] {
            for (const auto& each : with_new_certificates(settings).diagnostics)
                observe::log(each.level == config::diagnostic::severity::error ? log_level::error : log_level::warning,
                             "configuration", {{"reason", each.to_string()}});
        });
    }
}

awaitable<reload_outcome> running_gate::reload(reload_cause cause) {
    co_await change_alone();
    reload_outcome outcome;
    try {
        outcome = co_await replace(cause);
    } catch (const std::exception& failure) {
        outcome = {false, {failure.what()}, {}};
    }
    change_over();
    record(cause, outcome);
    co_return outcome;
}

awaitable<void> running_gate::change_alone() {
    while (changing_) {
        changed_.expires_at(net::clock::time_point::max());
        [[maybe_unused]] const auto woken = co_await changed_.async_wait(net::yield);
    }
    changing_ = true;
}

void running_gate::change_over() {
    changing_ = false;
    changed_.cancel();
}

awaitable<reload_outcome> running_gate::replace(reload_cause cause) {
    auto ready = co_await net::asio::co_spawn(chores_, prepare(cause), net::asio::use_awaitable);
    if (ready.next && draining_) {
        ready.next = nullptr;
        ready.outcome.problems.emplace_back("the gate is draining");
    }
    const auto before = now_;
    if (ready.next) succeed(ready);
    // Their threads are waited for: not by those who want to connect.
    const auto retired = now_ == before ? ready.next : before;
    co_await net::asio::co_spawn(
        chores_,
        [](std::shared_ptr<generation> one) -> awaitable<void> {
            if (one) one->health->stop();
            co_return;
        }(retired),
        net::asio::use_awaitable);
    co_return std::move(ready.outcome);
}

awaitable<running_gate::successor> running_gate::prepare(reload_cause cause) {
    successor ready;
    auto plan = cause == reload_cause::files_changed ? with_new_certificates(now_->settings) : read_blueprint(file_);
    const auto usable = plan.usable();
    for (const auto& each : plan.diagnostics)
        (each.level == config::diagnostic::severity::error ? ready.outcome.problems : ready.outcome.remarks)
            .push_back(each.to_string());
    if (!usable) co_return ready;
    if (plan.settings.gate.workers != now_->settings.gate.workers)
        ready.outcome.remarks.emplace_back("gate.workers takes effect at the next start");
    if (plan.settings.gate.takeover_socket != now_->settings.gate.takeover_socket)
        ready.outcome.remarks.emplace_back("gate.takeover_socket takes effect at the next start");
    std::string problem;
    ready.log = observe::open_log(plan.settings.log, problem);
    if (!problem.empty()) ready.outcome.problems.push_back("log.file: " + problem);
    if (!problem.empty()) co_return ready;
    const auto& admin = plan.settings.admin;
    const auto& admin_before = now_->settings.admin;
    if (admin.socket != admin_before.socket || admin.address != admin_before.address)
        ready.outcome.remarks.emplace_back("admin.socket and admin.address take effect at the next start");
    ready.audit = observe::open_audit(plan.settings, problem);
    if (!problem.empty()) ready.outcome.problems.push_back("audit: " + problem);
    if (!problem.empty()) co_return ready;
    ready.next = make_generation(std::move(plan), now_.get());
    ready.seen = gate_operations::look_at(ready.next);
    ready.next->health->start();
    co_return ready;
}

/// Whole or not at all: only the listeners can be in its way, and are looked at first.
void running_gate::succeed(successor& ready) {
    auto ways = listeners_of(*ready.next, ready.outcome.problems);
    if (!ready.outcome.problems.empty()) return;
    for (std::size_t i = 0; i < ways.size(); ++i) lead(*ways[i], *ready.next, ready.next->settings.listeners[i]);
    std::swap(listeners_, ways);
    for (const auto& each : ways)
        if (std::find(listeners_.begin(), listeners_.end(), each) == listeners_.end()) each->close();
    for (const auto& each : now_->clusters) each->stop_keeping();
    now_ = ready.next;
    take_place(*now_);
    operations_.adopt(std::move(ready.seen));
    admin_.adopt(now_->settings.admin, std::move(now_->admin));
    files_.watch(now_->files);
    std::move(*ready.log).use();
    std::move(*ready.audit).use();
    ready.outcome.reloaded = true;
}

/// One for each of `next`, in their order: those that are open already stay open.
running_gate::listeners running_gate::listeners_of(const generation& next, std::vector<std::string>& problems) {
    listeners found;
    for (const auto& each : next.settings.listeners) {
        const auto open = std::find_if(listeners_.begin(), listeners_.end(), [&each](const auto& candidate) {
            return candidate->settings().address == each.address;
        });
        if (open != listeners_.end()) {
            found.push_back(*open);
            continue;
        }
        found.push_back(std::make_shared<net::listener>(control_, each));
        auto problem = found.back()->open(inherited_.sockets);
        if (!problem.empty()) problems.push_back(std::move(problem));
    }
    return found;
}

void running_gate::record(reload_cause cause, const reload_outcome& outcome) {
    const auto now = std::chrono::system_clock::now();
    ++reloads_.attempts;
    reloads_.last_attempt = now;
    if (outcome.reloaded)
        reloads_.last_success = now;
    else
        ++reloads_.failures;
    reloads_.last = outcome;
    operations_.note_reloads(reloads_);
    const std::string asked_by(to_string(cause));
    if (cause != reload_cause::administration)  // whose orders are recorded with who gave them
        observe::audit_administration("reload", asked_by, outcome.reloaded, {},
                                      std::to_string(outcome.problems.size()) + " problems");
    for (const auto& each : outcome.remarks)
        observe::log(log_level::warning, "configuration", {{"cause", asked_by}, {"reason", each}});
    for (const auto& each : outcome.problems)
        observe::log(log_level::error, "configuration", {{"cause", asked_by}, {"reason", each}});
    if (outcome.reloaded) {
        announce();
        observe::log(log_level::info, "reloaded",
                     {{"cause", asked_by}, {"listeners", std::to_string(listeners_.size())}});
    } else {
        observe::log(log_level::error, "not reloaded: the configuration before stays in force",
                     {{"cause", asked_by}, {"problems", std::to_string(outcome.problems.size())}});
    }
}

}  // namespace portcullis::proxy
