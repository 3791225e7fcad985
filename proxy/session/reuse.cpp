#include "proxy/session/reuse.hpp"

#include "protocol/command.hpp"
#include "protocol/err_packet.hpp"
#include "proxy/cluster/kept_connections.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/session/login_messages.hpp"

#include <algorithm>
#include <array>

namespace portcullis::session {
namespace {

using namespace std::chrono_literals;
using cluster::resetting;
using net::awaitable;
using protocol::command;

constexpr std::uint8_t ok_byte = 0x00;
constexpr std::uint16_t er_unknown_command = 1047;

/// A reset rolls back, which may take long. A login does not wait for that, as a new connection would not.
constexpr auto patience = 1s;

constexpr std::array reset{static_cast<std::uint8_t>(command::reset_connection)};

/// COM_CHANGE_USER makes the session state anew, but MariaDB gives it what these flags ask for at a login only: another
/// wait_timeout, another sql_mode.
constexpr auto told_at_login_only = protocol::client_interactive | protocol::client_ignore_space;

/// Of the client alone. In plaintext its scramble may be known to others, and MariaDB keeps one for the life of a
/// connection.
bool client_fits(const state& s) {
    return s.client.stream().is_tls() && (s.who.capabilities & told_at_login_only) == 0;
}

cluster::kept_key key_of(const state& s) {
    return {s.who.user, protocol::sent_to_aggregator(s.who.capabilities, s.offered, true), s.who.max_packet_size};
}

/// The reply to a COM_RESET_CONNECTION; empty: there was none, or more than one.
awaitable<protocol::bytes> read_reset_reply(const state& s) {
    auto& channel = *s.server->channel;
    auto& stream = channel.stream();
    auto executor = co_await net::asio::this_coro::executor;
    const net::deadline limit(executor, net::clock::now() + patience, [&stream] { stream.cancel(); });
    auto reply = co_await channel.read();
    if (!reply || !channel.take_rest().empty()) co_return protocol::bytes{};
    co_return std::move(*reply);
}

bool is_ok(const protocol::bytes& reply) {
    return !reply.empty() && reply.front() == ok_byte;
}

bool send_reset(net::packet_channel& channel) {
    channel.restart(0);
    return channel.write_now(reset);
}

/// Whether the member knows COM_RESET_CONNECTION: found out once.
awaitable<bool> knows_reset(const state& s) {
    auto& member = *s.server->member;
    if (member.knows_reset() == resetting::unknown && send_reset(*s.server->channel)) {
        const auto reply = co_await read_reset_reply(s);
        if (is_ok(reply)) member.set_knows_reset(resetting::supported);
        const auto refused = protocol::parse_err_packet(reply);
        if (refused && refused->code == er_unknown_command) member.set_knows_reset(resetting::unsupported);
    }
    co_return member.knows_reset() == resetting::supported;
}

/// s.server becomes a kept connection of `member` that waits for a command; or returns why this one cannot be used.
awaitable<std::string> take_over(state& s, cluster::lease& member, cluster::kept_connection kept) {
    const auto executor = co_await net::asio::this_coro::executor;
    s.server.emplace(
        backend{std::move(member), std::move(kept.channel), std::move(kept.greeting), std::move(kept.tls), true});
    const auto moved = s.aggregator().stream().move_to(executor);
    if (moved) co_return moved.message();
    const auto reply = co_await read_reset_reply(s);
    if (!is_ok(reply)) co_return "no OK to its COM_RESET_CONNECTION";
    s.aggregator().restart(0);
    const auto payload = change_user_payload(s);
    const auto unsent = co_await s.aggregator().write(payload);
    co_return unsent ? unsent.message() : std::string();
}

void log_unusable(const state& s, const std::string& reason) {
    observe::log(observe::log_level::debug, "a kept connection cannot be used",
                 {{"cluster", s.door->target->settings().name},
                  {"aggregator", s.server->member->name()},
                  {"aggregator_id", std::to_string(s.server->greeting.connection_id)},
                  {"session", std::to_string(s.id)},
                  {"reason", reason}});
}

}  // namespace

bool may_be_kept(const state& s) {
    auto& member = *s.server->member;
    return member.kept() != nullptr && member.usable() && client_fits(s) && !s.user_changed && s.server->tls &&
           member.switching() != cluster::auth_switch::unsupported && member.knows_reset() != resetting::unsupported;
}

awaitable<void> let_go(state& s) {
    auto& server = *s.server;
    const bool aimed_at = s.listed.remove();  // a KILL on its way must not meet the next one
    const bool fit = may_be_kept(s) && !aimed_at && s.aggregator().take_rest().empty();
    const bool known = fit && co_await knows_reset(s);
    if (known && send_reset(s.aggregator())) {
        cluster::kept_connection kept{std::move(server.channel), server.greeting, *server.tls};
        server.member->kept()->keep(key_of(s), std::move(kept), net::clock::now());
        co_return;
    }
    cluster::close_in_order(s.aggregator());
}

awaitable<std::optional<auth_outcome>> log_in_on_kept(state& s, cluster::lease& member) {
    auto* place = member->kept();
    if (place == nullptr || !client_fits(s)) co_return std::nullopt;
    while (net::clock::now() < s.login_until) {
        auto kept = place->take(key_of(s), net::clock::now());
        if (!kept) break;
        auto failure = co_await take_over(s, member, std::move(*kept));
        if (failure.empty()) {
            auto outcome = co_await relay_forced_switch(s, observe::phase::authentication, first_reply::must_ask);
            if (outcome.what != auth_outcome::kind::member_lost) co_return outcome;
            failure = std::move(outcome.detail);
        }
        log_unusable(s, failure);
        member = std::move(s.server->member);
        s.server.reset();
    }
    co_return std::nullopt;
}

}  // namespace portcullis::session
