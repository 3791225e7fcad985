#include "proxy/session/change_user.hpp"

#include "certs/random.hpp"
#include "protocol/command.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/session/auth_relay.hpp"
#include "proxy/session/backend_login.hpp"
#include "proxy/session/client_login.hpp"
#include "proxy/session/login_messages.hpp"
#include "proxy/session/refuse.hpp"

namespace portcullis::session {
namespace {

using net::awaitable;
using observe::phase;

awaitable<step> read_new_identity(state& s) {
    s.client.restart(0);
    auto payload = co_await s.client.read();
    if (!payload) co_return co_await client_failed(s, phase::change_user, payload.error());
    const certs::cleansing wipe(*payload);
    const auto message = protocol::parse_change_user(*payload, s.who.capabilities);
    if (!message) co_return co_await client_failed(s, phase::change_user, message.error());
    s.who.user = protocol::as_text(message->user);
    s.who.database = protocol::as_text(message->database);
    s.who.used_password = !message->auth_response.empty();
    if (message->character_set != 0) s.who.character_set = message->character_set;
    s.who.connect_attributes.assign(message->connect_attributes.begin(), message->connect_attributes.end());
    co_return std::nullopt;
}

awaitable<step> authenticate(state& s) {
    if (s.server->member->switching() == cluster::auth_switch::unsupported) {
        // Such a member cannot be made to ask, so the new user logs in on a connection of its own.
        s.server.reset();
        co_return co_await log_in_to_cluster(s, phase::change_user);
    }
    s.aggregator().restart(0);
    const auto payload = change_user_payload(s);
    const auto error = co_await s.aggregator().write(payload);
    if (error) {
        ending end{{observe::side::aggregator, phase::change_user, cause_of(error)}, error.message()};
        co_return co_await refuse(s, refusal::aggregator_lost, std::move(end));
    }
    auto outcome = co_await relay_forced_switch(s, phase::change_user, first_reply::must_ask);
    co_return std::move(outcome.end);
}

}  // namespace

awaitable<step> change_user(state& s) {
    const auto executor = co_await net::asio::this_coro::executor;
    s.login_until = net::clock::now() + s.env->timeouts.login;
    const net::deadline limit(executor, s.login_until, [&s] { s.abort(observe::cause::login_timeout); });
    s.user_before = s.who.user;
    s.listed.remove();
    s.user_changed = true;
    auto end = co_await read_new_identity(s);
    if (!end) end = co_await decide(s, phase::change_user);
    if (!end) end = co_await authenticate(s);
    if (!end)
        observe::log(observe::log_level::info, "user changed",
                     {{"id", std::to_string(s.id)},
                      {"from", s.user_before},
                      {"to", s.who.user},
                      {"account", s.decision.account}});
    co_return end;
}

}  // namespace portcullis::session
