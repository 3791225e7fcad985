#include "proxy/cluster/health_monitor.hpp"

#include "proxy/cluster/dial.hpp"
#include "proxy/cluster/health_login.hpp"
#include "proxy/observe/log.hpp"

namespace portcullis::cluster {

using net::awaitable;
using observe::log_level;

namespace {

/// Reloads, however many, do not make a member be looked at more often than this.
constexpr auto shortest_interval = std::chrono::seconds(1);

std::size_t unknown_members(const std::vector<std::shared_ptr<cluster>>& clusters) {
    std::size_t count = 0;
    for (const auto& each : clusters)
        for (const auto& member : each->members())
            if (!member->looked_at()) ++count;
    return count;
}

}  // namespace

health_monitor::health_monitor(std::vector<std::shared_ptr<cluster>> clusters, std::chrono::milliseconds timeout)
    : clusters_(std::move(clusters)), timeout_(timeout) {}

health_monitor::~health_monitor() {
    stop();
}

void health_monitor::start() {
    not_looked_at_ = unknown_members(clusters_);
    // The first timer takes the context's descriptors. It is not left to the coroutines, in which a failure would go
    // unheard: no member would be watched.
    for (const auto& each : clusters_)
        if (each->settings().reuse != config::reuse::off)
            net::asio::co_spawn(context_, tidy(each, timer(context_)), net::asio::detached);
    for (const auto& each : clusters_)
        for (const auto& member : each->members())
            net::asio::co_spawn(context_, watch(each, member, timer(context_)), net::asio::detached);
    thread_ = std::thread([this] { context_.run(); });
    std::unique_lock lock(mutex_);
    looked_.wait_for(lock, 2 * timeout_, [this] { return not_looked_at_ == 0; });
}

void health_monitor::stop() {
    if (!thread_.joinable()) return;
    context_.stop();
    thread_.join();
}

awaitable<void> health_monitor::watch(std::shared_ptr<cluster> where, std::shared_ptr<aggregator> member, timer pause) {
    const auto before = member->looked_at();
    auto next = before ? *before + shortest_interval : net::clock::now();
    for (bool awaited = !before;; awaited = false) {
        pause.expires_at(next);
        auto [error] = co_await pause.async_wait(net::yield);
        if (error) co_return;
        member->resolve();
        co_await check(*where, *member);
        member->note_look(net::clock::now());
        if (awaited) {
            const std::lock_guard lock(mutex_);
            --not_looked_at_;
            looked_.notify_all();
        }
        next = net::clock::now() + where->settings().health.interval;
    }
}

awaitable<void> health_monitor::tidy(std::shared_ptr<cluster> where, timer pause) {
    for (;;) {
        pause.expires_after(std::chrono::seconds(1));
        auto [error] = co_await pause.async_wait(net::yield);
        if (error) co_return;
        for (const auto& member : where->members()) member->kept()->close_expired(net::clock::now());
    }
}

awaitable<void> health_monitor::check(const cluster& where, aggregator& member) {
    dial_request request;
    request.until = net::clock::now() + timeout_;
    request.capabilities = health_capabilities();
    const auto until = request.until;
    auto reached = co_await dial(where, member, std::move(request));
    auto failure = std::move(reached.failure);
    if (reached) {
        auto& stream = reached.channel->stream();
        const net::deadline limit(co_await net::asio::this_coro::executor, until, [&stream] { stream.cancel(); });
        failure = co_await finish_health_check(where.settings().health, member, *reached.channel, reached.greeting);
        if (limit.expired()) failure = "health check: timed out (timeouts.connect)";
    }
    const auto& cluster_name = where.settings().name;
    if (!failure.empty()) {
        const bool news = member.mark_unusable();
        observe::log(news ? log_level::warning : log_level::debug, "aggregator cannot be used",
                     {{"cluster", cluster_name}, {"aggregator", member.name()}, {"reason", failure}});
        co_return;
    }
    const auto& greeting = reached.greeting;
    learned facts{greeting.server_version, greeting.capabilities, greeting.auth_plugin, greeting.character_set};
    if (member.mark_usable(std::move(facts)))
        observe::log(log_level::info, "aggregator can be used",
                     {{"cluster", cluster_name},
                      {"aggregator", member.name()},
                      {"server_version", greeting.server_version},
                      {"tls", reached.channel->stream().is_tls() ? "true" : "false"}});
}

}  // namespace portcullis::cluster
