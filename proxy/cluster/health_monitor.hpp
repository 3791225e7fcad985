// Looks after the members of all clusters from a thread of its own: who is usable, what they offer, where they are,
// which kept connections expired. Sessions do not wait for it.
#pragma once

#include "proxy/cluster/cluster.hpp"
#include "proxy/net/asio.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace portcullis::cluster {

class health_monitor {
public:
    /// `timeout`: of one check (timeouts.connect).
    health_monitor(std::vector<std::shared_ptr<cluster>> clusters, std::chrono::milliseconds timeout);
    ~health_monitor();
    health_monitor(const health_monitor&) = delete;
    health_monitor& operator=(const health_monitor&) = delete;

    /// Starts the thread and blocks until every member was looked at once, at most for two timeouts. Those that were
    /// looked at before, for an earlier configuration, are not waited for. Throws what the system does when it has no
    /// descriptors or thread left for this.
    void start();
    void stop();

private:
    using timer = net::asio::steady_timer;

    net::awaitable<void> watch(std::shared_ptr<cluster> where, std::shared_ptr<aggregator> member, timer pause);
    /// Closes connections that were kept long enough.
    net::awaitable<void> tidy(std::shared_ptr<cluster> where, timer pause);
    net::awaitable<void> check(const cluster& where, aggregator& member);

    std::vector<std::shared_ptr<cluster>> clusters_;
    std::chrono::milliseconds timeout_;
    net::asio::io_context context_{1};
    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable looked_;
    std::size_t not_looked_at_ = 0;
};

}  // namespace portcullis::cluster
