#include "bench/gate/probe.hpp"

#include "bench/gate/connection.hpp"
#include "bench/gate/statement.hpp"

namespace portcullis::bench {
namespace {

using net::awaitable;
using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{30};

class prober {
public:
    prober(const endpoint& to, const probe_plan& plan, const std::atomic<bool>& interrupted)
        : to_(to), plan_(plan), interrupted_(interrupted) {}

    std::vector<probe_login> run() {
        net::asio::co_spawn(context_, knock_again_and_again(), net::asio::detached);
        context_.run_for(plan_.measured + patience);
        return std::move(logins_);
    }

private:
    awaitable<void> knock_again_and_again() {
        net::asio::steady_timer timer(context_);
        const auto end = clock::now() + plan_.measured;
        for (auto due = clock::now(); due < end && !interrupted_; due += plan_.interval) {
            timer.expires_at(due);
            [[maybe_unused]] const auto waited = co_await timer.async_wait(net::yield);
            logins_.push_back({due, {}, "no answer"});
            net::asio::co_spawn(context_, log_in(logins_.size() - 1), net::asio::detached);
        }
    }

    awaitable<void> log_in(std::size_t number) {
        connection one(context_, to_, tls_sessions_);
        auto failure = co_await one.open();
        if (failure.empty()) failure = co_await one.exchange(request_);
        logins_[number].took = clock::now() - logins_[number].began;
        logins_[number].failure = failure;
        if (failure.empty()) co_await one.quit();
    }

    const endpoint& to_;
    const probe_plan& plan_;
    const std::atomic<bool>& interrupted_;
    const protocol::bytes request_ = ask_for(60);
    cluster::tls_session_store tls_sessions_;
    std::vector<probe_login> logins_;
    net::asio::io_context context_{1};  // its coroutines go first
};

}  // namespace

std::vector<probe_login> run_probe(const endpoint& to, const probe_plan& plan, const std::atomic<bool>& interrupted) {
    return prober(to, plan, interrupted).run();
}

}  // namespace portcullis::bench
