#include "proxy/session/command_relay.hpp"

#include "proxy/net/error.hpp"
#include "proxy/net/scratch.hpp"
#include "proxy/observe/audit.hpp"
#include "proxy/session/audit_trail.hpp"
#include "proxy/session/kill.hpp"
#include "proxy/session/refuse.hpp"
#include "proxy/session/reuse.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace portcullis::session {

using net::awaitable;
using observe::cause;
using observe::phase;
using observe::side;
using action = protocol::watch_verdict::action;

namespace {

bool must_wait(const net::error_code& error) {
    return error == net::asio::error::would_block;
}

/// A direction that never has to wait lets the worker's other sessions have their turn every so often: after so many
/// bytes, some hundred microseconds of work, or so many chunks.
class turn {
public:
    void took(std::size_t bytes) {
        bytes_ += bytes;
        ++chunks_;
    }
    [[nodiscard]] bool is_over() {
        if (bytes_ < most_bytes && chunks_ < most_chunks) return false;
        begin_anew();
        return true;
    }
    void begin_anew() {
        bytes_ = 0;
        chunks_ = 0;
    }

private:
    static constexpr std::size_t most_bytes = 64UL * 1024;
    static constexpr unsigned most_chunks = 4;
    std::size_t bytes_ = 0;
    unsigned chunks_ = 0;
};

}  // namespace

command_relay::command_relay(state& s)
    : s_(s),
      local_files_((s.who.capabilities & protocol::client_local_files) != 0),
      followed_(local_files_ || may_be_kept(s)),
      replies_(s.who.capabilities),
      watch_(followed_ ? &replies_ : nullptr, s.who.capabilities),
      reply_news_(s.client.stream().socket().get_executor(), net::clock::time_point::max()) {
    watch_.stop_at_quit(may_be_kept(s));
}

awaitable<relay_outcome> command_relay::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    outcome_ = {};
    stopping_ = false;
    s_.last_activity = net::clock::now();
    statements_.reset();
    if (const auto size = observe::audited_statement_size(s_.who.user, s_.decision.account); size > 0)
        statements_.emplace(size, s_.who.capabilities);
    auto both = client_to_aggregator() && aggregator_to_client();
    co_await std::move(both);
    s_.aggregator().stream().resume();
    co_return std::move(outcome_);
}

void command_relay::finish(ending end) {
    if (!stopping_) outcome_.end = std::move(end);
    stopping_ = true;
    s_.client.stream().cancel();
    s_.aggregator().stream().cancel();
    reply_news_.cancel();
}

/// The other direction stops where it would wait; both streams stay usable.
void command_relay::hand_over() {
    stopping_ = true;
    s_.aggregator().stream().interrupt();
}

awaitable<void> command_relay::client_to_aggregator() {
    auto rest = s_.client.take_rest();  // what the client sent behind its last login message
    if (!rest.empty()) {
        const auto verdict = examine(rest);
        if (!co_await relay_from_client(rest, verdict)) co_return;
        rest = {};
    }
    turn mine;
    while (!stopping_) {
        if (mine.is_over()) {
            co_await net::asio::post(s_.client.stream().socket().get_executor(), net::asio::deferred);
            if (stopping_) co_return;
        }
        const auto more = s_.client.try_read();
        if (!more && must_wait(more.error())) {
            [[maybe_unused]] const auto woken = co_await s_.client.stream().readable();
            s_.client.stream().prefetch_reading();
            s_.aggregator().stream().prefetch_writing();
            mine.begin_anew();
            continue;
        }
        if (!more) co_return co_await client_ended(more.error());
        static_assert(protocol::command_watch::max_kept <= net::scratch::headroom);
        auto* begin = more->data() - kept_.size();
        std::copy(kept_.begin(), kept_.end(), begin);
        const std::span chunk(begin, more->size() + kept_.size());
        mine.took(chunk.size());
        const auto verdict = examine(chunk);
        if (verdict.what != action::relay || verdict.relay_size != chunk.size()) {
            if (!co_await relay_from_client(chunk, verdict)) co_return;
            continue;
        }
        kept_.clear();  // the ordinary case: whole packets, for which one more coroutine would be felt
        auto error = begin_write(chunk);
        if (must_wait(error)) error = co_await s_.aggregator().stream().flush();
        if (!written(error)) co_return;
    }
}

protocol::watch_verdict command_relay::examine(std::span<std::uint8_t> chunk) {
    if (statements_) file_data_ = local_files_ && replies_.requested();
    const auto verdict = s_.client.is_compressed() ? watch_.examine_and_number(chunk) : watch_.examine(chunk);
    quit_ = quit_ || verdict.quit;
    return verdict;
}

net::error_code command_relay::begin_write(std::span<const std::uint8_t> bytes) {
    if (statements_) audit_statements(bytes);
    s_.from_client += bytes.size();
    s_.last_activity = net::clock::now();
    return s_.aggregator().stream().try_write(bytes);
}

void command_relay::audit_statements(std::span<const std::uint8_t> bytes) {
    for (const auto& each : statements_->feed(bytes, file_data_)) audit_statement(s_, each);
}

bool command_relay::written(const net::error_code& error) {
    if (error) finish({{side::aggregator, phase::command, cause_of(error)}, error.message()});
    return !error;
}

awaitable<bool> command_relay::write_to_aggregator(std::span<const std::uint8_t> bytes) {
    auto error = begin_write(bytes);
    if (must_wait(error)) error = co_await s_.aggregator().stream().flush();
    co_return written(error);
}

awaitable<void> command_relay::await_reply() {
    while (!stopping_ && reply_under_way()) {
        reply_news_.expires_at(net::clock::time_point::max());
        [[maybe_unused]] const auto cancelled = co_await reply_news_.async_wait(net::yield);
    }
}

awaitable<bool> command_relay::relay_from_client(std::span<std::uint8_t> chunk, protocol::watch_verdict verdict) {
    for (;; verdict = examine(chunk)) {
        const auto rest = chunk.subspan(verdict.relay_size);
        protocol::bytes later(rest.begin(), rest.end());  // the chunk may lie in the scratch, which a wait gives away
        if (verdict.relay_size > 0 && !co_await write_to_aggregator(chunk.first(verdict.relay_size))) co_return false;
        kept_ = std::move(later);
        if (verdict.what == action::relay) co_return true;
        if (verdict.what == action::quit && !take_quit(kept_)) co_return false;
        if (verdict.what == action::change_user || verdict.what == action::refuse) {
            take_over(verdict.what);
            co_return false;
        }
        held_ = std::exchange(kept_, {});
        chunk = held_;
        if (verdict.what == action::hold)
            co_await await_reply();
        else if (verdict.what == action::kill && !co_await relay_kill(verdict))
            co_return false;
        if (stopping_) co_return false;
        chunk = chunk.subspan(verdict.kill_size);
    }
}

/// What a KILL of the gate's id comes to, in its place among the commands.
awaitable<bool> command_relay::relay_kill(const protocol::watch_verdict& verdict) {
    protocol::bytes packet(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(verdict.kill_size));
    auto instead = co_await in_place_of_kill(s_, verdict.kill, std::move(packet));
    if (stopping_) co_return false;
    co_return co_await write_to_aggregator(instead);
}

/// The relay stops for the gate to act: on a COM_CHANGE_USER, whose bytes go back to the channel, or on a refusal.
void command_relay::take_over(action what) {
    // In the middle of a reply's packet the aggregator's next bytes are data that a client may choose: they must not be
    // read as the answer to a COM_CHANGE_USER.
    if (what == action::change_user && replies_end_.reached()) {
        s_.client.give_back(std::exchange(kept_, {}));
    } else {
        kept_ = {};
        outcome_.out_of_order = true;
        outcome_.end = ending{{side::client, phase::command, cause::protocol_error}, "a packet out of order"};
    }
    hand_over();
}

bool command_relay::take_quit(std::span<const std::uint8_t> rest) {
    constexpr auto whole = protocol::packet_header_size + 1;
    if (rest.size() > whole) {
        watch_.stop_at_quit(false);
        return true;
    }
    if (stopping_) return false;
    s_.from_client += whole;
    outcome_.quit = true;
    outcome_.end = ending{{side::client, phase::command, cause::quit}, {}};
    hand_over();
    return false;
}

void command_relay::follow_replies(std::span<const std::uint8_t> chunk) {
    replies_.feed(chunk);
    if (replies_.lost() && !local_files_) {  // no reply that the gate knows: the connection will not be kept
        followed_ = false;
        watch_.forget_replies();
    }
    if (!reply_under_way()) reply_news_.cancel();
}

awaitable<void> command_relay::client_ended(net::error_code error) {
    ending end{{side::client, phase::command, quit_ ? cause::quit : cause_of(error)}, quit_ ? "" : error.message()};
    if (!net::is_end(error)) {
        finish(std::move(end));
        co_return;
    }
    // The client has said its last word, but not heard the aggregator's: wait for it, though not for ever.
    client_end_ = std::move(end);
    s_.quiet_limit = std::min(s_.env->timeouts.idle, s_.env->timeouts.drain);
    const auto failed = co_await s_.aggregator().stream().shutdown_write();
    if (failed && client_end_) finish(*client_end_);
}

awaitable<void> command_relay::aggregator_to_client() {
    auto rest = s_.aggregator().take_rest();
    turn mine;
    for (bool first = true; !stopping_; first = false) {
        std::span<const std::uint8_t> chunk = rest;
        if (!first || rest.empty()) {
            if (mine.is_over()) {
                co_await net::asio::post(s_.client.stream().socket().get_executor(), net::asio::deferred);
                if (stopping_) co_return;
            }
            const auto more = s_.aggregator().stream().try_read();
            if (!more && must_wait(more.error())) {
                [[maybe_unused]] const auto woken = co_await s_.aggregator().stream().readable();
                s_.aggregator().stream().prefetch_reading();
                s_.client.stream().prefetch_writing();
                mine.begin_anew();
                continue;
            }
            if (!more) {
                if (!stopping_) co_await aggregator_ended(more.error());
                co_return;
            }
            chunk = *more;
        }
        mine.took(chunk.size());
        if (followed_) follow_replies(chunk);
        replies_end_.feed(chunk);
        s_.to_client += chunk.size();
        s_.last_activity = net::clock::now();
        auto error = s_.client.try_send(chunk);
        if (must_wait(error)) error = co_await s_.client.stream().flush();
        if (error) outcome_.quit = false;  // who quits in the middle of a reply leaves nothing
        if (error && !stopping_) finish({{side::client, phase::command, cause_of(error)}, error.message()});
    }
}

awaitable<void> command_relay::aggregator_ended(net::error_code error) {
    auto end = client_end_.value_or(ending{{side::aggregator, phase::command, cause_of(error)}, error.message()});
    if (quit_) end = {{side::client, phase::command, cause::quit}, {}};
    if (net::is_end(error)) {
        s_.quiet_limit = std::min(s_.env->timeouts.idle, s_.env->timeouts.drain);
        [[maybe_unused]] const auto best_effort = co_await s_.client.stream().shutdown_write();
    }
    finish(std::move(end));
}

}  // namespace portcullis::session
