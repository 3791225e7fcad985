#include "proxy/net/worker.hpp"

#include <algorithm>

namespace portcullis::net {
namespace {
constexpr auto tick_interval = std::chrono::seconds(1);
constexpr int visited_at_a_time = 64;
}  // namespace

worker::worker() : work_(asio::make_work_guard(context_)), ticker_(context_) {}

worker::~worker() {  // NOLINT(bugprone-exception-escape)
    join();
}

void worker::start() {
    asio::co_spawn(context_, tick(), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
}

awaitable<void> worker::tick() {
    while (!ending_) {  // cancelling does nothing to a tick that is due already
        ticker_.expires_after(tick_interval);
        auto [error] = co_await ticker_.async_wait(yield);
        if (error) co_return;
        const auto now = clock::now();
        for (auto next = members_.begin(); next != members_.end();) {
            auto& member = *next++;  // a member may end, and unlink itself, while it is looked at
            member.on_tick(now);
        }
    }
}

void worker::stop_members() {
    asio::post(context_, [this] {
        for (auto next = members_.begin(); next != members_.end();) {
            auto& member = *next++;
            member.on_stop();
        }
    });
}

/// A visit under way. It is a member itself, to mark the place where it goes on.
struct worker::round final : worker_member {
    round(look look_at, std::function<void()> when_done) : each(std::move(look_at)), done(std::move(when_done)) {}
    void on_tick(clock::time_point /*now*/) override {}
    void on_stop() override {}

    look each;
    std::function<void()> done;
};

void worker::visit(look each, std::function<void()> done) {
    auto visiting = std::make_shared<round>(std::move(each), std::move(done));
    asio::post(context_, [this, visiting = std::move(visiting)]() mutable {
        members_.push_front(*visiting);
        go_on(std::move(visiting));
    });
}

void worker::go_on(std::shared_ptr<round> visiting) {
    auto next = std::next(members_.iterator_to(*visiting));
    visiting->unlink();
    for (int i = 0; i < visited_at_a_time && next != members_.end(); ++i) {
        auto& member = *next++;
        visiting->each(member);
    }
    if (next == members_.end()) return visiting->done();
    members_.insert(next, *visiting);
    asio::post(context_, [this, visiting = std::move(visiting)]() mutable { go_on(std::move(visiting)); });
}

void worker::join() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] {
        ending_ = true;
        ticker_.cancel();
        work_.reset();
    });
    thread_.join();
}

worker_pool::worker_pool(unsigned count) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    workers_.resize(count == 0 ? cores : count);
    for (auto& each : workers_) each = std::make_unique<worker>();
}

void worker_pool::start() {
    for (auto& each : workers_) each->start();
}

void worker_pool::stop_members() {
    for (auto& each : workers_) each->stop_members();
}

void worker_pool::join() {
    for (auto& each : workers_) each->join();
}

void worker_pool::visit(const worker::look& each, const std::function<void()>& done) {
    for (auto& one : workers_) one->visit(each, done);
}

worker& worker_pool::least_loaded() {
    return **std::min_element(workers_.begin(), workers_.end(),
                              [](const auto& a, const auto& b) { return a->load() < b->load(); });
}

unsigned worker_pool::load() const {
    unsigned sum = 0;
    for (const auto& each : workers_) sum += each->load();
    return sum;
}

}  // namespace portcullis::net
