// A thread with its own io_context. A session is born on one worker and dies there: no locks, no strands.
// Knows sessions only as members that want a look now and then.
#pragma once

#include "proxy/net/asio.hpp"
#include "proxy/net/deadline.hpp"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace portcullis::net {

/// Something that lives on a worker until it ends: a session.
class worker_member
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    virtual ~worker_member() = default;
    /// Called about once a second: the place to look at idle timeouts.
    virtual void on_tick(clock::time_point now) = 0;
    /// The gate ends: close what is left.
    virtual void on_stop() = 0;
};

class worker {
public:
    worker();
    ~worker();  // NOLINT(bugprone-exception-escape): out of memory, which is the end anyway
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    void start();
    /// From any thread: calls on_stop() of every member.
    void stop_members();
    using look = std::function<void(worker_member&)>;
    /// From any thread: calls `each` for every member and then `done`, on the worker's own thread, a few members at a
    /// time so that sessions wait for it no longer than for each other.
    void visit(look each, std::function<void()> done);
    /// From any thread: lets the thread end as soon as no member is left. Blocks until it did.
    void join();

    [[nodiscard]] asio::io_context& context() { return context_; }
    /// Only on the worker's own thread.
    void add(worker_member& member) { members_.push_back(member); }

    /// Sessions here and on their way here. Counted by load_token.
    [[nodiscard]] unsigned load() const { return load_.load(std::memory_order_relaxed); }

private:
    friend class load_token;
    awaitable<void> tick();
    struct round;
    void go_on(std::shared_ptr<round> visiting);

    asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    asio::steady_timer ticker_;
    boost::intrusive::list<worker_member, boost::intrusive::constant_time_size<false>> members_;
    std::atomic<unsigned> load_{0};
    bool ending_ = false;  ///< on the worker's own thread
    std::thread thread_;
};

/// Counts one session as load of its worker, from accept to its end.
class load_token {
public:
    explicit load_token(worker& owner) : owner_(&owner) { owner_->load_.fetch_add(1, std::memory_order_relaxed); }
    load_token(load_token&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    load_token& operator=(load_token&&) = delete;
    ~load_token() {
        if (owner_ != nullptr) owner_->load_.fetch_sub(1, std::memory_order_relaxed);
    }

private:
    worker* owner_;
};

/// The workers of the process; new sessions go to the least loaded.
class worker_pool {
public:
    explicit worker_pool(unsigned count);

    void start();
    void stop_members();
    void join();
    /// worker::visit() of all; `done` is called for each of them. `each` is called by several threads at a time.
    void visit(const worker::look& each, const std::function<void()>& done);
    [[nodiscard]] worker& least_loaded();
    [[nodiscard]] std::size_t size() const { return workers_.size(); }
    [[nodiscard]] unsigned load() const;

private:
    std::vector<std::unique_ptr<worker>> workers_;
};

}  // namespace portcullis::net
