#include "bench/gate/load.hpp"

#include "bench/gate/connection.hpp"
#include "bench/gate/process_cost.hpp"
#include "bench/gate/statement.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>

namespace portcullis::bench {
namespace {

using net::awaitable;
using std::chrono::nanoseconds;
using clock = std::chrono::steady_clock;

enum class phase { preparing, warming_up, measuring, over };

nanoseconds own_cpu_time() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

protocol::bytes request_of(const load_plan& plan) {
    constexpr std::size_t answer_of_120 = 60;  // its result set around it
    if (plan.what == workload::download) return ask_for(plan.size);
    if (plan.what == workload::upload) return bring(plan.size);
    return ask_for(answer_of_120);
}

/// What one thread's clients did; merged when they are done.
struct tally {
    std::uint64_t operations = 0;
    std::uint64_t bytes = 0;
    histogram latency;
    std::uint64_t logins = 0;
    std::uint64_t resumed = 0;
    std::uint64_t answered = 0;
    std::string tls_version;
    std::string cipher;
    std::string failure;
};

/// Seen by all threads.
struct stage {
    const endpoint& to;
    const load_plan& plan;
    const protocol::bytes request;
    std::atomic<phase> now{phase::preparing};
    std::atomic<unsigned> clients_ready{0};
    std::atomic<unsigned> clients_gone{0};
    std::atomic<bool> failed{false};
    std::atomic<std::uint64_t> operations_left;
    std::atomic<std::uint64_t> fallen_due{0};
    std::once_flag first_asked;
    clock::time_point first_due;

    /// When the next operation is due. Who is late does it at once, so that the rate holds as long as there are
    /// clients.
    clock::time_point next_due() {
        std::call_once(first_asked, [this] { first_due = clock::now(); });
        const auto turn = static_cast<double>(fallen_due.fetch_add(1, std::memory_order_relaxed));
        return first_due + std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(turn / plan.rate));
    }

    /// One more operation is done: how many were left with it. 1: it is the last one; 0: who counts comes too late.
    std::uint64_t count_down() {
        if (plan.operations == 0) return std::numeric_limits<std::uint64_t>::max();
        auto left = operations_left.load(std::memory_order_relaxed);
        while (left > 0 && !operations_left.compare_exchange_weak(left, left - 1)) continue;
        return left;
    }
};

class client {
public:
    /// `turn`: its place among the clients, 0 to 1, so that those who pause do not all ask at the same time.
    client(stage& on, tally& results, net::asio::io_context& context, unsigned sessions, double turn)
        : on_(on), results_(results), context_(context), sessions_(sessions), turn_(turn) {}

    awaitable<void> run() {
        auto work = on_.plan.what == workload::handshakes ? log_in_again_and_again() : exchange();
        auto failure = co_await std::move(work);
        if (!failure.empty() && results_.failure.empty()) results_.failure = std::move(failure);
        if (!results_.failure.empty()) on_.failed = true;
        ++on_.clients_gone;
    }

private:
    [[nodiscard]] bool over() const { return on_.now == phase::over || on_.failed; }

    void record(clock::time_point began, std::uint64_t bytes) {
        if (on_.now.load(std::memory_order_relaxed) != phase::measuring) return;
        const auto left = on_.count_down();
        if (left == 0) return;
        ++results_.operations;
        results_.bytes += bytes;
        results_.latency.record(clock::now() - began);
        if (left == 1) on_.now = phase::over;
    }

    void note_login(const connection& made) {
        ++results_.logins;
        if (made.resumed()) ++results_.resumed;
        if (made.tls_version() == nullptr) return;
        results_.tls_version = made.tls_version();
        results_.cipher = made.cipher();
    }

    awaitable<std::string> log_in_again_and_again() {
        ++on_.clients_ready;
        while (!over()) {
            const auto began = on_.plan.rate > 0 ? co_await turn_to_begin() : clock::now();
            if (over()) break;
            connection one(context_, on_.to, tls_sessions_);
            auto failure = co_await one.open();
            if (failure.empty()) failure = co_await one.exchange(on_.request);
            if (!failure.empty()) co_return failure;
            note_login(one);
            co_await one.quit();
            record(began, one.bytes());
        }
        co_return std::string{};
    }

    awaitable<std::string> exchange() {
        for (unsigned i = 0; i < sessions_ && !over(); ++i) {
            held_.push_back(std::make_unique<connection>(context_, on_.to, tls_sessions_));
            auto failure = co_await held_.back()->open();
            // One query each: a session that never asked is not what idle sessions are like.
            if (failure.empty() && on_.plan.what == workload::idle)
                failure = co_await held_.back()->exchange(on_.request);
            if (!failure.empty()) co_return failure;
            note_login(*held_.back());
        }
        ++on_.clients_ready;
        if (on_.plan.what == workload::idle) co_await be_silent();
        if (on_.plan.pause.count() > 0) co_await rest(turn_);
        for (std::size_t turn = 0; !over(); turn = (turn + 1) % held_.size()) {
            auto& session = *held_[turn];
            const auto began = on_.plan.rate > 0 ? co_await turn_to_begin() : clock::now();
            if (over()) break;
            const auto before = session.bytes();
            auto failure = co_await session.exchange(on_.request);
            if (!failure.empty()) co_return failure;
            record(began, session.bytes() - before);
            if (on_.plan.pause.count() > 0) co_await rest(1);
        }
        if (on_.plan.what == workload::idle) {
            auto failure = co_await ask_each();
            if (!failure.empty()) co_return failure;
        }
        for (auto& each : held_) co_await each->quit();
        co_return std::string{};
    }

    /// Whether they are still there.
    awaitable<std::string> ask_each() {
        for (auto& each : held_) {
            auto failure = co_await each->exchange(on_.request);
            if (!failure.empty()) co_return failure;
            ++results_.answered;
        }
        co_return std::string{};
    }

    /// At a rate: waits until the next operation is due. Its latency counts from then on, even if this client was busy:
    /// what a slow reply delays is not left out.
    awaitable<clock::time_point> turn_to_begin() {
        const auto due = on_.next_due();
        net::asio::steady_timer timer(context_);
        for (auto left = due - clock::now(); left.count() > 0 && !over(); left = due - clock::now()) {
            timer.expires_after(std::min<nanoseconds>(left, std::chrono::milliseconds(50)));
            [[maybe_unused]] const auto waited = co_await timer.async_wait(net::yield);
        }
        co_return due;
    }

    awaitable<void> rest(double share) {
        net::asio::steady_timer timer(context_);
        timer.expires_after(std::chrono::duration_cast<nanoseconds>(share * on_.plan.pause));
        [[maybe_unused]] const auto waited = co_await timer.async_wait(net::yield);
    }

    awaitable<void> be_silent() {
        net::asio::steady_timer pause(context_);
        while (!over()) {
            pause.expires_after(std::chrono::milliseconds(50));
            [[maybe_unused]] const auto waited = co_await pause.async_wait(net::yield);
        }
    }

    stage& on_;
    tally& results_;
    net::asio::io_context& context_;
    const unsigned sessions_;
    const double turn_;
    cluster::tls_session_store tls_sessions_;
    std::vector<std::unique_ptr<connection>> held_;
};

/// One thread with its share of the clients.
struct crew {
    net::asio::io_context context{1};
    tally results;
    std::vector<std::unique_ptr<client>> clients;
    std::thread thread;
};

class performance {
public:
    performance(const endpoint& to, const load_plan& plan, const std::atomic<bool>& interrupted)
        : plan_(plan), interrupted_(interrupted), on_{to, plan, request_of(plan), {}, {}, {}, {}, {plan.operations}, {},
                                                      {}, {}} {}

    measurement run() {
        out_.resident_before_kib = resident_kib_of(plan_.watched);
        start();
        wait_until([this] { return on_.clients_ready == plan_.clients; }, std::chrono::hours(1));
        on_.now = phase::warming_up;
        wait_until([] { return false; }, plan_.warm_up);
        measure();
        on_.now = phase::over;
        end();
        return std::move(out_);
    }

private:
    void start() {
        const auto threads = std::clamp(plan_.threads, 1U, plan_.clients);
        for (unsigned i = 0; i < threads; ++i) crews_.push_back(std::make_unique<crew>());
        const auto sessions = std::max(plan_.sessions, plan_.clients);
        for (unsigned i = 0; i < plan_.clients; ++i) {
            auto& home = *crews_[i % threads];
            const auto share = sessions / plan_.clients + (i < sessions % plan_.clients ? 1 : 0);
            home.clients.push_back(std::make_unique<client>(on_, home.results, home.context, share,
                                                            static_cast<double>(i) / plan_.clients));
            net::asio::co_spawn(home.context, home.clients.back()->run(), net::asio::detached);
        }
        out_.sessions = sessions;
        for (auto& each : crews_) each->thread = std::thread([&context = each->context] { context.run(); });
    }

    template <class Condition>
    void wait_until(Condition reached, nanoseconds at_most) {
        const auto until = clock::now() + at_most;
        while (!reached() && !on_.failed && !interrupted_ && on_.clients_gone < plan_.clients) {
            const auto left = until - clock::now();
            if (left <= nanoseconds::zero()) break;
            std::this_thread::sleep_for(std::min<nanoseconds>(left, std::chrono::milliseconds(5)));
        }
    }

    void measure() {
        const auto cpu = cpu_time_of(plan_.watched);
        const auto own = own_cpu_time();
        const auto began = clock::now();
        on_.now = phase::measuring;
        wait_until([this] { return on_.now == phase::over; }, plan_.measured);
        out_.elapsed = clock::now() - began;
        out_.own_cpu = own_cpu_time() - own;
        if (!plan_.watched.empty()) out_.watched_cpu = cpu_time_of(plan_.watched) - cpu;
        out_.resident_after_kib = resident_kib_of(plan_.watched);
    }

    void end() {
        const auto until = clock::now() + std::chrono::seconds(20);
        while (on_.clients_gone < plan_.clients && clock::now() < until)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        const bool stuck = on_.clients_gone < plan_.clients;
        for (auto& each : crews_) {
            each->context.stop();
            each->thread.join();
            merge(each->results);
        }
        if (stuck && out_.failure.empty()) out_.failure = "the server does not answer any more";
    }

    void merge(const tally& part) {
        out_.operations += part.operations;
        out_.bytes += part.bytes;
        out_.latency.add(part.latency);
        out_.logins += part.logins;
        out_.resumed += part.resumed;
        out_.answered += part.answered;
        if (!part.tls_version.empty()) out_.tls_version = part.tls_version;
        if (!part.cipher.empty()) out_.cipher = part.cipher;
        if (out_.failure.empty()) out_.failure = part.failure;
    }

    const load_plan& plan_;
    const std::atomic<bool>& interrupted_;
    stage on_;
    std::vector<std::unique_ptr<crew>> crews_;
    measurement out_;
};

}  // namespace

measurement run_load(const endpoint& to, const load_plan& plan, const std::atomic<bool>& interrupted) {
    return performance(to, plan, interrupted).run();
}

}  // namespace portcullis::bench
