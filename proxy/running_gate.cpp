#include "proxy/running_gate.hpp"

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
    operations_.note_reloads(reloads_);
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
                if (leaving_ || draining_) return;
                drain_within_ = deadline;
                begin_leaving();
            });
        }};
}

void running_gate::announce() {
    for (const auto& each : operations_.listeners()) {
        const bool tls = !each.tls_version.empty();
        observe::log(tls ? log_level::info : log_level::warning,
                     tls ? "listening" : "listening without TLS: everything is in the clear",
                     {{"listener", each.name},
                      {"address", each.address},
                      {"cluster", each.cluster},
                      {"tls_version", tls ? each.tls_version : "none"}});
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
    const auto grant = inherited_.from->relieve(problem);
    if (!grant) {
        observe::log(log_level::error, "not taken over: the gate before this one goes on serving",
                     {{"reason", problem}});
        return false;
    }
    now_->env->connection_counter->store(grant->connection_counter);
    now_->drain(grant->drained);
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
    net::asio::co_spawn(control_, every(24h, &running_gate::warn_of_expiry), net::asio::detached);
    net::asio::co_spawn(control_, every(certs::ticket_key_interval, &running_gate::renew_ticket_keys),
                        net::asio::detached);
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

/// What was said at the start of a certificate with few days left is said again every day.
void running_gate::warn_of_expiry() {
    net::asio::post(chores_, [settings = now_->settings] {
        for (const auto& each : with_new_certificates(settings).diagnostics)
            observe::log(each.level == config::diagnostic::severity::error ? log_level::error : log_level::warning,
                         "configuration", {{"reason", each.to_string()}});
    });
}

awaitable<void> running_gate::every(std::chrono::hours interval, void (running_gate::*act)()) {
    net::asio::steady_timer pause(control_);
    for (;;) {
        pause.expires_after(interval);
        auto [failed] = co_await pause.async_wait(net::yield);
        if (failed) co_return;
        (this->*act)();
    }
}

// --- the end -------------------------------------------------------------------------------------------------------

awaitable<void> running_gate::await_signals() {
    auto [failed, first] = co_await signals_.async_wait(net::yield);
    if (failed) co_return;
    // A service manager stops what its own hook has told to drain: its signal asks for no more than that.
    if (leaving_)
        observe::log(log_level::info, "already draining; a second signal ends all sessions at once",
                     {{"sessions", std::to_string(workers_.load())}});
    else
        begin_leaving();
    auto [interrupted, second] = co_await signals_.async_wait(net::yield);
    if (interrupted) co_return;
    hurry_ = true;
    notice_.cancel();
}

void running_gate::begin_leaving() {
    leaving_ = true;
    observe::log(
        log_level::info,
        "draining: no new connections once timeouts.drain_notice is over; a second signal ends all sessions at once",
        {{"sessions", std::to_string(workers_.load())}});
    if (!draining_) net::asio::co_spawn(control_, leave(), net::asio::detached);  // else another process serves on
}

/// Not ready first, so that load balancers look elsewhere; then nobody is accepted, and then the sessions have their
/// time.
awaitable<void> running_gate::leave() {
    const auto& timeouts = now_->settings.timeouts;
    const auto notice = hurry_ ? 0ms : timeouts.drain_notice;
    operations_.set_draining();
    observe::tell_stopping(notice + drain_within_.value_or(timeouts.drain));
    if (takeover_) takeover_->close();
    if (notice > 0ms) {
        observe::log(log_level::info, "new connections are taken for a while (timeouts.drain_notice)",
                     {{"seconds", std::to_string(std::chrono::duration<double>(notice).count())}});
        notice_.expires_after(notice);
        [[maybe_unused]] const auto waited = co_await notice_.async_wait(net::yield);
    }
    end_accepting();
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

// --- another process takes over ------------------------------------------------------------------------------------

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
    net::takeover_grant grant{now_->env->connection_counter->load() + without_id, now_->drained()};
    if (const auto left_out = net::fit_into_line(grant); left_out > 0)
        observe::log(log_level::warning, "not every drained aggregator stays drained: too many to hand over",
                     {{"left_out", std::to_string(left_out)}});
    return grant;
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

}  // namespace portcullis::proxy
