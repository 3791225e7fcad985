#include "proxy/session/session.hpp"

#include "proxy/observe/log.hpp"
#include "proxy/session/audit_trail.hpp"
#include "proxy/session/backend_login.hpp"
#include "proxy/session/change_user.hpp"
#include "proxy/session/client_login.hpp"
#include "proxy/session/command_relay.hpp"
#include "proxy/session/refuse.hpp"
#include "proxy/session/reuse.hpp"
#include "proxy/session/session_line.hpp"

namespace portcullis::session {

using net::awaitable;
using observe::cause;
using observe::phase;
using observe::side;

namespace {

/// Without a byte for so long a session is idle, as far as its buffers are concerned.
constexpr auto idle_after = std::chrono::seconds(1);

}  // namespace

session::session(std::shared_ptr<const environment> env, std::shared_ptr<const entrance> door,
                 net::stream_socket socket, const net::accepted& from, net::load_token load)
    : load_(std::move(load)), s_(std::move(env), std::move(door), std::move(socket)) {
    s_.from.address = from.address;
    s_.port = from.port;
    s_.login_until = s_.began + s_.env->timeouts.login;
    s_.abort = [this](cause why) { abort(why); };
}

awaitable<void> session::run() {
    ending end;
    try {
        end = co_await live();
    } catch (const std::exception& failure) {
        end = {{side::gate, s_.server ? phase::command : phase::login, cause::internal_error}, failure.what()};
    }
    if (aborted_) {
        end.why.side = side::gate;
        end.why.cause = *aborted_;
        end.detail.clear();
    }
    s_.client.stream().close();
    if (s_.has_aggregator()) s_.aggregator().stream().close();
    s_.listed.remove();
    s_.env->counters->count(end.why);
    log_session(s_, end);
    audit_end(s_, end);
    s_.env->metrics->from_client.fetch_add(std::exchange(s_.from_client, 0), std::memory_order_relaxed);
    s_.env->metrics->to_client.fetch_add(std::exchange(s_.to_client, 0), std::memory_order_relaxed);
}

awaitable<ending> session::live() {
    auto end = co_await log_in();
    if (end) co_return std::move(*end);
    co_return co_await serve();
}

/// From accept to OK, under one total deadline.
awaitable<step> session::log_in() {
    const auto executor = co_await net::asio::this_coro::executor;
    const net::deadline limit(executor, s_.login_until, [this] { abort(cause::login_timeout); });
    auto end = co_await arrive(s_);
    if (!end) end = co_await read_login(s_);
    if (!end) end = co_await decide(s_, phase::login);
    if (!end) end = co_await log_in_to_cluster(s_, phase::authentication);
    s_.unauthenticated_permit.release();
    if (!end) s_.env->metrics->login_time.observe(net::clock::now() - s_.began);
    co_return end;
}

/// From OK to the end: commands and results, and changes of user between them.
awaitable<ending> session::serve() {
    if (const auto flags = s_.who.capabilities & protocol::framing_flags) {
        // Of a client that names both, servers take zlib.
        const auto algorithm = flags & protocol::client_compress ? net::compression::zlib : net::compression::zstd;
        s_.client.compress(algorithm, s_.who.zstd_level);
    }
    command_relay relay(s_);
    for (;;) {
        s_.quiet_limit = s_.env->timeouts.idle;
        auto outcome = co_await relay.run();
        s_.quiet_limit = {};
        if (outcome.out_of_order) {
            s_.client.restart(1);
            auto told = co_await refuse(s_, refusal::packets_out_of_order, std::move(*outcome.end));
            co_return std::move(*told);
        }
        if (outcome.quit) co_await let_go(s_);
        if (outcome.end) co_return std::move(*outcome.end);
        auto end = co_await change_user(s_);
        if (end) co_return std::move(*end);
    }
}

void session::abort(cause why) {
    if (!aborted_) aborted_ = why;
    s_.client.stream().cancel();
    if (s_.has_aggregator()) s_.aggregator().stream().cancel();
}

void session::on_tick(net::clock::time_point now) {
    if (s_.has_aggregator() && s_.last_activity != trimmed_ && now - s_.last_activity > idle_after) {
        trimmed_ = s_.last_activity;
        s_.client.stream().free_idle_buffers();
        s_.aggregator().stream().free_idle_buffers();
    }
    if (s_.quiet_limit.count() > 0 && now - s_.last_activity > s_.quiet_limit) abort(cause::idle_timeout);
}

void session::on_stop() {
    abort(cause::drained);
}

void begin_session(net::worker& home, std::shared_ptr<const environment> env, std::shared_ptr<const entrance> door,
                   const net::accepted& from) {
    net::load_token load(home);
    net::asio::post(
        home.context(), [&home, env = std::move(env), door = std::move(door), from, load = std::move(load)]() mutable {
            auto socket = net::adopt(home.context(), from);
            if (!socket) return;
            auto born =
                std::make_shared<session>(std::move(env), std::move(door), std::move(*socket), from, std::move(load));
            home.add(*born);
            // The coroutine's completion handler keeps the session: it lives exactly as long as its coroutine.
            net::asio::co_spawn(home.context(), born->run(), [born](const std::exception_ptr& /*reported in run*/) {});
        });
}

}  // namespace portcullis::session
