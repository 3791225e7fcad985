// What the administration interface asks and orders, done: reads the snapshot that new sessions begin with, and visits
// live sessions on their workers. Listens nowhere.
#pragma once

#include "proxy/admin/operations.hpp"
#include "proxy/generation.hpp"
#include "proxy/net/worker.hpp"
#include "proxy/reload_status.hpp"

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace portcullis::session {
class session;
}

namespace portcullis::proxy {

/// What only the gate itself can do, on its own thread.
struct gate_orders {
    std::function<std::future<reload_outcome>()> reload;
    std::function<void(std::optional<std::chrono::milliseconds> deadline)> drain;
};

class gate_operations final : public admin::operations {
public:
    /// `control`: where timers run; it and `workers` must outlive this.
    gate_operations(net::worker_pool& workers, net::asio::any_io_executor control, gate_orders orders);

    struct snapshot;
    /// What is told of a generation. It must not be in force yet: finding out which TLS versions are effective takes
    /// handshakes with its contexts.
    [[nodiscard]] static std::shared_ptr<const snapshot> look_at(std::shared_ptr<const generation> next);
    /// From now on this is what new sessions get.
    void adopt(std::shared_ptr<const snapshot> next);
    /// What new sessions come in through.
    [[nodiscard]] std::vector<admin::listener_facts> listeners() const;
    void set_draining() { draining_.store(true); }
    void note_reloads(const reload_status& status);

    [[nodiscard]] bool ready() override;
    [[nodiscard]] admin::gate_status status() override;
    [[nodiscard]] admin::gate_metrics metrics() override;
    [[nodiscard]] std::vector<admin::session_facts> sessions() override;
    [[nodiscard]] std::vector<admin::aggregator_facts> aggregators() override;
    [[nodiscard]] admin::accounts_facts accounts() override;
    [[nodiscard]] std::vector<admin::ban_facts> bans() override;
    [[nodiscard]] std::vector<admin::certificate_facts> certificates() override;

    [[nodiscard]] admin::outcome kill(std::uint32_t session) override;
    [[nodiscard]] admin::outcome drain_aggregator(const std::string& name, const std::string& cluster,
                                                  std::optional<std::chrono::milliseconds> deadline) override;
    [[nodiscard]] admin::outcome undrain_aggregator(const std::string& name, const std::string& cluster) override;
    [[nodiscard]] admin::outcome lift_ban(const config::ip_address& address) override;
    [[nodiscard]] admin::outcome lift_all_bans() override;
    [[nodiscard]] net::awaitable<admin::outcome> reload() override;
    [[nodiscard]] admin::outcome drain_gate(std::optional<std::chrono::milliseconds> deadline) override;

private:
    [[nodiscard]] std::shared_ptr<const snapshot> current() const;
    /// Calls `each` on the workers' threads and waits for them all; throws if one does not answer.
    void visit(const std::function<void(session::session&)>& each);
    void end_later(const std::shared_ptr<cluster::aggregator>& member, std::chrono::milliseconds deadline);
    /// The deadline of an earlier drain holds no more.
    void forget_deadline(const cluster::aggregator& member);

    net::worker_pool& workers_;
    const net::asio::any_io_executor control_;
    const gate_orders orders_;
    const admin::unix_time started_;
    std::atomic<bool> draining_{false};
    mutable std::mutex mutex_;  ///< of the two below
    std::shared_ptr<const snapshot> snapshot_;
    admin::reload_facts reloads_;
    /// Of drains with a deadline: false once it holds no more. Touched by the server's thread alone.
    std::map<const cluster::member_state*, std::shared_ptr<std::atomic<bool>>> deadlines_;
    std::uint64_t from_client_ = 0;  ///< as last shown: a counter never falls
    std::uint64_t to_client_ = 0;
};

}  // namespace portcullis::proxy
