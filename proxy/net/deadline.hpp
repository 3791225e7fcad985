// A moment after which a connection's waiting ends: one timer that cancels what it guards.
// For phases that are short and rare (login, dialling); idle sessions are looked at by the worker's tick instead.
#pragma once

#include "proxy/net/asio.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace portcullis::net {

using clock = std::chrono::steady_clock;

class deadline {
public:
    /// Calls `on_expiry` on `executor` once `at` has come, unless the guard is gone by then. What on_expiry touches
    /// must live as long as the guard.
    deadline(const asio::any_io_executor& executor, clock::time_point at, std::function<void()> on_expiry);
    ~deadline();
    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;

    [[nodiscard]] bool expired() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace portcullis::net
