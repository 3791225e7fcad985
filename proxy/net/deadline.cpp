#include "proxy/net/deadline.hpp"

namespace portcullis::net {

struct deadline::state {
    explicit state(const asio::any_io_executor& executor, std::function<void()> action)
        : timer(executor), on_expiry(std::move(action)) {}

    asio::steady_timer timer;
    std::function<void()> on_expiry;
    bool guarding = true;
    bool expired = false;
};

deadline::deadline(const asio::any_io_executor& executor, clock::time_point at, std::function<void()> on_expiry)
    : state_(std::make_shared<state>(executor, std::move(on_expiry))) {
    state_->timer.expires_at(at);
    state_->timer.async_wait([state = state_](const error_code& error) {
        if (error || !state->guarding) return;  // an expiry may be queued already when the guard goes
        state->expired = true;
        state->on_expiry();
    });
}

deadline::~deadline() {
    state_->guarding = false;
    state_->timer.cancel();
}

bool deadline::expired() const {
    return state_->expired;
}

}  // namespace portcullis::net
