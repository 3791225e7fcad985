// One client's life, from accept to the one line it leaves in the log.
// The phases are in files of their own; this one is the order they come in.
#pragma once

#include "proxy/net/listener.hpp"
#include "proxy/net/worker.hpp"
#include "proxy/session/state.hpp"

#include <memory>

namespace portcullis::session {

class session final : public net::worker_member, public std::enable_shared_from_this<session> {
public:
    session(std::shared_ptr<const environment> env, std::shared_ptr<const entrance> door, net::stream_socket socket,
            const net::accepted& from, net::load_token load);

    /// Runs to the end of the session; on the worker of the socket's executor.
    [[nodiscard]] net::awaitable<void> run();

    void on_tick(net::clock::time_point now) override;
    void on_stop() override;

    /// The facts of now; only on its worker, as the next one.
    [[nodiscard]] const state& facts() const { return s_; }
    /// Ends the session for a cause of the gate: the coroutine wakes up and finds it.
    void abort(observe::cause why);

private:
    [[nodiscard]] net::awaitable<ending> live();
    [[nodiscard]] net::awaitable<step> log_in();
    [[nodiscard]] net::awaitable<ending> serve();

    net::load_token load_;  ///< given back last: a worker without load has nothing of a session any more
    state s_;
    std::optional<observe::cause> aborted_;
    net::clock::time_point trimmed_;  ///< the last activity of a session whose buffers were given back since
};

/// Gives an accepted connection to `home` as a new session.
void begin_session(net::worker& home, std::shared_ptr<const environment> env, std::shared_ptr<const entrance> door,
                   const net::accepted& from);

}  // namespace portcullis::session
