#include "bench/gate/storm.hpp"

#include "bench/gate/connection.hpp"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

namespace portcullis::bench {
namespace {

using net::awaitable;
using clock = std::chrono::steady_clock;

/// One thread with its share of the clients, of which each takes the next connect as soon as it is done with one.
class squall {
public:
    squall(const endpoint& to, const storm_plan& plan, std::atomic<unsigned>& begun, std::atomic<unsigned>& done)
        : to_(to), plan_(plan), begun_(begun), done_(done) {}

    void start(unsigned clients) {
        for (unsigned i = 0; i < clients; ++i) net::asio::co_spawn(context_, run_client(), net::asio::detached);
        thread_ = std::thread([this] { context_.run(); });
    }

    storm_outcome end() {
        context_.stop();
        thread_.join();
        return std::move(out_);
    }

private:
    awaitable<void> run_client() {
        cluster::tls_session_store tls_sessions;
        while (begun_.fetch_add(1, std::memory_order_relaxed) < plan_.connects) {
            connection one(context_, to_, tls_sessions);
            const auto began = clock::now();
            auto attempt = plan_.log_in ? one.open() : one.knock();
            auto refusal = co_await std::move(attempt);
            const bool let_in = refusal.empty();
            count(one, std::move(refusal), clock::now() - began);
            if (let_in && plan_.log_in) co_await one.quit();
            done_.fetch_add(1, std::memory_order_release);
        }
    }

    void count(const connection& one, std::string refusal, std::chrono::nanoseconds took) {
        if (!refusal.empty()) {
            ++out_.refusals[std::move(refusal)];
            return;
        }
        ++out_.served;
        if (one.resumed()) ++out_.resumed;
        out_.latency.record(took);
    }

    const endpoint& to_;
    const storm_plan& plan_;
    std::atomic<unsigned>& begun_;
    std::atomic<unsigned>& done_;
    storm_outcome out_;
    net::asio::io_context context_{1};
    std::thread thread_;
};

}  // namespace

void storm_outcome::add(const storm_outcome& part) {
    served += part.served;
    resumed += part.resumed;
    for (const auto& [said, count] : part.refusals) refusals[said] += count;
    latency.add(part.latency);
}

storm_outcome run_storm(const endpoint& to, const storm_plan& plan, const std::atomic<bool>& interrupted) {
    std::atomic<unsigned> begun{0};
    std::atomic<unsigned> done{0};
    const auto at_once = std::clamp(plan.at_once, 1U, plan.connects);
    const auto threads = std::clamp(plan.threads, 1U, at_once);
    std::vector<std::unique_ptr<squall>> squalls;
    for (unsigned i = 0; i < threads; ++i) squalls.push_back(std::make_unique<squall>(to, plan, begun, done));
    storm_outcome out;
    out.began = clock::now();
    for (unsigned i = 0; i < threads; ++i) squalls[i]->start(at_once / threads + (i < at_once % threads ? 1 : 0));
    while (done.load(std::memory_order_acquire) < plan.connects && !interrupted &&
           clock::now() < out.began + plan.at_most)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    out.ended = clock::now();
    for (auto& each : squalls) out.add(each->end());
    auto answered = out.served;
    for (const auto& [said, count] : out.refusals) answered += count;
    out.unanswered = plan.connects - answered;
    return out;
}

}  // namespace portcullis::bench
