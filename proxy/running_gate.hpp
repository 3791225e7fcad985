// The gate as a process: listeners, workers, signals, the configuration in force and how the next takes its place.
// Accepts, signals and every change happen on one thread, the control thread; sessions are on the workers.
#pragma once

#include "proxy/admin/server.hpp"
#include "proxy/gate_operations.hpp"
#include "proxy/generation.hpp"
#include "proxy/net/inherited_sockets.hpp"
#include "proxy/net/listener.hpp"
#include "proxy/net/worker.hpp"
#include "proxy/observe/audit.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/predecessor.hpp"
#include "proxy/reload_status.hpp"
#include "proxy/takeover_socket.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <iosfwd>
#include <memory>
#include <optional>
#include <vector>

namespace portcullis::proxy {

/// What came from processes before this one.
struct inheritance {
    net::inherited_sockets sockets;
    std::optional<predecessor> from;  ///< serves until it is relieved
};

class running_gate : public takeover_host {
public:
    /// `file`: where `plan`, which must be usable, was read, and will be read again.
    running_gate(std::filesystem::path file, blueprint plan, inheritance inherited);

    /// Binds every listener that was not inherited; false, with all problems on `err`, if one could not be.
    [[nodiscard]] bool open(std::ostream& err);
    /// Returns when the gate has drained; false, at once, if the gate before would not be relieved.
    [[nodiscard]] bool serve();

private:
    using listeners = std::vector<std::shared_ptr<net::listener>>;
    /// A configuration that is ready to be in force.
    struct successor {
        std::shared_ptr<generation> next;  ///< null: `outcome` says why
        std::shared_ptr<const gate_operations::snapshot> seen;
        std::optional<observe::opened_log> log;
        std::optional<observe::opened_audit> audit;
        reload_outcome outcome;
    };

    [[nodiscard]] gate_orders orders();
    [[nodiscard]] bool relieve();
    void announce();
    net::awaitable<void> await_signals();
    net::awaitable<void> lift_bans_on_signal();
    net::awaitable<void> reload_on_signal();
    net::awaitable<void> reload_on_change();
    net::awaitable<void> every(std::chrono::hours interval, void (running_gate::*act)());
    void warn_of_expiry();
    void renew_ticket_keys() { now_->ticket_keys->renew(); }
    void begin_leaving();
    net::awaitable<void> leave();
    void end_accepting();
    net::awaitable<void> drain();
    void stop();

    net::awaitable<net::takeover_message> offer_takeover(std::vector<int>& descriptors) override;
    [[nodiscard]] std::chrono::milliseconds takeover_patience() const override;
    [[nodiscard]] net::takeover_message grant_takeover() const override;
    void handed_over(pid_t to) override;
    void takeover_over() override;

    /// Waits until nothing changes; nothing else does then until change_over().
    net::awaitable<void> change_alone();
    void change_over();
    /// One after the other, however many ask at once.
    net::awaitable<reload_outcome> reload(reload_cause cause);
    net::awaitable<reload_outcome> replace(reload_cause cause);
    net::awaitable<successor> prepare(reload_cause cause);  ///< on the thread for chores
    void succeed(successor& ready);
    [[nodiscard]] listeners listeners_of(const generation& next, std::vector<std::string>& problems);
    void lead(net::listener& way, const generation& into, const config::listener& settings);
    void record(reload_cause cause, const reload_outcome& outcome);

    const std::filesystem::path file_;
    net::asio::io_context control_{1};
    net::asio::signal_set signals_{control_, SIGINT, SIGTERM};
    net::asio::signal_set lift_signal_{control_, SIGUSR2};
    net::asio::signal_set reload_signal_{control_, SIGHUP};
    net::file_watch files_;
    std::shared_ptr<generation> now_;
    inheritance inherited_;
    listeners listeners_;
    std::shared_ptr<takeover_socket> takeover_;  ///< null: none is configured
    net::worker_pool workers_;
    reload_status reloads_;
    bool changing_ = false;
    net::asio::steady_timer changed_{control_};  ///< cancelled when a change is over
    bool leaving_ = false;                       ///< told to end
    net::asio::steady_timer notice_{control_};
    bool draining_ = false;                                  ///< nobody is accepted
    std::optional<std::chrono::milliseconds> drain_within_;  ///< else timeouts.drain
    bool hurry_ = false;
    net::asio::thread_pool chores_{1};  ///< reads files, waits for aggregators
    gate_operations operations_;
    admin::server admin_;  ///< its thread uses all of the above
};

}  // namespace portcullis::proxy
