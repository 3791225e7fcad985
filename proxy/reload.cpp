// How a new configuration takes the place of the one in force, and who asks for it: a signal, a changed file, the
// administration. Whole or not at all. The process around it is running_gate.cpp's.
#include "proxy/running_gate.hpp"

#include <algorithm>

namespace portcullis::proxy {

using net::awaitable;
using observe::log_level;

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

awaitable<reload_outcome> running_gate::reload(reload_cause cause) {
    co_await change_alone();
    reload_outcome outcome;
    try {
        outcome = co_await replace(cause);
    } catch (const std::exception& failure) {
        outcome.refuse(obstacle::internal, failure.what());
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
    if (ready.next && (leaving_ || draining_)) {
        ready.next = nullptr;
        ready.outcome.refuse(obstacle::draining, "the gate is draining");
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
    for (const auto& each : plan.diagnostics) {
        if (each.level == config::diagnostic::severity::error)
            ready.outcome.refuse(plan.file_in_order ? obstacle::certificates : obstacle::configuration,
                                 each.to_string());
        else
            ready.outcome.remarks.push_back(each.to_string());
    }
    if (!usable) co_return ready;
    if (plan.settings.gate.workers != now_->settings.gate.workers)
        ready.outcome.remarks.emplace_back("gate.workers takes effect at the next start");
    if (plan.settings.gate.takeover_socket != now_->settings.gate.takeover_socket)
        ready.outcome.remarks.emplace_back("gate.takeover_socket takes effect at the next start");
    std::string problem;
    ready.log = observe::open_log(plan.settings.log, problem);
    if (!problem.empty()) ready.outcome.refuse(obstacle::log, "log.file: " + std::exchange(problem, {}));
    const auto& admin = plan.settings.admin;
    const auto& admin_before = now_->settings.admin;
    if (admin.socket != admin_before.socket || admin.address != admin_before.address)
        ready.outcome.remarks.emplace_back("admin.socket and admin.address take effect at the next start");
    ready.audit = observe::open_audit(plan.settings, problem);
    if (!problem.empty()) ready.outcome.refuse(obstacle::audit, "audit: " + problem);
    ready.next =
        make_generation(std::move(plan), now_.get());  // also where it is of no use: succeed() has reasons, too
    if (ready.outcome.obstacle_met) co_return ready;
    ready.seen = gate_operations::look_at(ready.next);
    ready.next->health->start();
    co_return ready;
}

/// Whole or not at all: only the listeners can be in its way, and are looked at first.
void running_gate::succeed(successor& ready) {
    std::vector<std::string> problems;
    auto ways = listeners_of(*ready.next, problems);
    for (auto& each : problems) ready.outcome.refuse(obstacle::listener, std::move(each));
    if (ready.outcome.obstacle_met) return;
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
    if (outcome.reloaded) reloads_.last_success = now;
    if (outcome.obstacle_met) ++reloads_.failures.at(static_cast<std::size_t>(*outcome.obstacle_met));
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
