#include "proxy/session/auth_relay.hpp"

#include "certs/random.hpp"
#include "protocol/auth_messages.hpp"
#include "protocol/auth_plugin.hpp"
#include "protocol/err_packet.hpp"
#include "proxy/cluster/password_exchange.hpp"
#include "proxy/session/audit_trail.hpp"
#include "proxy/session/banned.hpp"
#include "proxy/session/login_messages.hpp"
#include "proxy/session/refuse.hpp"

#include <fmt/format.h>

namespace portcullis::session {
namespace {

using net::awaitable;
using observe::cause;
using observe::phase;
using observe::side;
using protocol::auth_packet;
using protocol::bytes;
using kind = auth_outcome::kind;

constexpr std::uint16_t er_access_denied = 1045;
constexpr std::uint16_t er_access_denied_no_password = 1698;  // MariaDB's

/// One authentication: the plugin, whose turn it is, whether the client was switched.
class exchange {
public:
    exchange(state& s, phase where) : s_(s), phase_(where) {}

    awaitable<auth_outcome> run(first_reply rule);
    awaitable<auth_outcome> switch_client(std::string_view plugin, protocol::bytes_view data);
    awaitable<auth_outcome> pass_answer_on();
    awaitable<net::result<bytes>> read_answer(auth_outcome& failed);

private:
    /// Outcomes that end the session.
    awaitable<auth_outcome> end_with(refusal why, ending end);
    awaitable<auth_outcome> client_lost(net::error_code error);
    awaitable<auth_outcome> aggregator_lost(net::error_code error);
    awaitable<auth_outcome> refused_by_aggregator(const bytes& payload, first_reply rule);
    awaitable<auth_outcome> forward_ok(const bytes& payload);
    awaitable<auth_outcome> take_switch_request(const bytes& payload);
    awaitable<auth_outcome> forward_data(const bytes& payload);
    awaitable<auth_outcome> handle(const bytes& payload, first_reply rule);

    auth_outcome member_lost(std::string detail) {
        going_on_ = false;
        return {kind::member_lost, std::nullopt, std::move(detail)};
    }
    [[nodiscard]] ending aggregator_ending(cause why, std::string detail) const {
        return {{side::aggregator, phase_, why}, std::move(detail)};
    }

    state& s_;
    phase phase_;
    std::string plugin_;
    std::optional<cluster::password_exchange> passwords_;  ///< where the plugin hides passwords with RSA
    bool switched_ = false;
    bool going_on_ = true;  ///< the outcome of the last step was "the aggregator speaks next"
};

/// Like servers, the gate takes a unix socket for secure.
protocol::legs legs_of(state& s) {
    const bool client = s.client.stream().is_tls() || s.door->settings.address.is_unix();
    const bool aggregator = s.aggregator().stream().is_tls() || s.server->member->address().is_unix();
    return {client, aggregator};
}

auth_outcome ended(step end) {
    return {kind::ended, std::move(end), {}};
}

awaitable<auth_outcome> exchange::end_with(refusal why, ending end) {
    going_on_ = false;
    auto told = co_await refuse(s_, why, std::move(end));
    co_return ended(std::move(told));
}

awaitable<auth_outcome> exchange::client_lost(net::error_code error) {
    going_on_ = false;
    auto told = co_await client_failed(s_, phase_, error);
    co_return ended(std::move(told));
}

awaitable<auth_outcome> exchange::aggregator_lost(net::error_code error) {
    if (!switched_ && phase_ != phase::change_user) co_return member_lost("authentication: " + error.message());
    auto end = aggregator_ending(cause_of(error), error.message());
    co_return co_await end_with(refusal::aggregator_lost, std::move(end));
}

/// The aggregator's own ERR goes to the client, but for "access denied": its text names the gate's address and must
/// read like our own refusals (security rule 11).
awaitable<auth_outcome> exchange::refused_by_aggregator(const bytes& payload, first_reply rule) {
    const auto parsed = protocol::parse_err_packet(payload);
    if (!parsed) co_return co_await aggregator_lost(parsed.error());
    going_on_ = false;
    const auto code = parsed->code;
    auto detail = protocol::in_words(*parsed);
    // A kept connection's answer is not the account's: a new connection will tell.
    const bool kept = rule == first_reply::must_ask && phase_ != phase::change_user;
    if (!switched_ && kept) co_return member_lost(detail);
    if (!switched_ && rule == first_reply::any && s_.server->member->switching() == cluster::auth_switch::unknown)
        co_return auth_outcome{kind::cannot_switch, std::nullopt, detail};
    const bool denied = code == er_access_denied || code == er_access_denied_no_password;
    auto end = aggregator_ending(denied ? cause::authentication_failed : cause::server_error, std::move(detail));
    if (denied && switched_) count_authentication_failure(s_);
    if (denied) co_return co_await end_with(refusal::access_denied, std::move(end));
    s_.error_code = code;
    [[maybe_unused]] const auto best_effort = co_await s_.client.write(payload);
    co_return ended(std::move(end));
}

awaitable<auth_outcome> exchange::forward_ok(const bytes& payload) {
    going_on_ = false;
    if (!audit_login(s_, phase_)) {
        ending end{{side::gate, phase_, cause::audit_failed}, "audit.on_failure"};
        co_return co_await end_with(refusal::logins_suspended, std::move(end));
    }
    s_.logged_in = true;
    // Before the client knows: it may be killed from the moment that it does.
    s_.listed = s_.env->sessions->add(
        s_.id, {s_.who.user, s_.door->target, s_.server->member.member(), s_.server->greeting.connection_id});
    const auto error = co_await s_.client.write(payload);
    if (error) co_return co_await client_lost(error);
    co_return auth_outcome{kind::accepted, std::nullopt, {}};
}

awaitable<auth_outcome> exchange::switch_client(std::string_view plugin, protocol::bytes_view data) {
    const auto between = legs_of(s_);
    const auto verdict = protocol::may_relay(plugin, between);
    if (verdict != protocol::plugin_verdict::relay) {
        going_on_ = false;
        const bool at_client = verdict == protocol::plugin_verdict::client_needs_tls;
        ending end{{side::gate, phase_, cause::plugin_needs_tls},
                   fmt::format("{} over a plaintext {} leg", plugin, at_client ? "client" : "aggregator")};
        const auto payload = refusal_payload(at_client ? refusal::client_needs_tls : refusal::aggregator_needs_tls,
                                             {s_.who.user, {}, plugin, false}, true);
        s_.error_code = code_of(payload);
        [[maybe_unused]] const auto best_effort = co_await s_.client.write(payload);
        co_return ended(std::move(end));
    }
    if (!protocol::can_be_switched_to(plugin, s_.who.capabilities)) {
        ending end{{side::client, phase_, cause::protocol_error},
                   fmt::format("{} for a client without CLIENT_PLUGIN_AUTH", plugin)};
        co_return co_await end_with(refusal::no_plugin_auth, std::move(end));
    }
    plugin_ = plugin;
    if (protocol::hides_with_rsa(plugin)) passwords_.emplace(plugin, data, between, s_.env->password_key);
    switched_ = true;
    const auto request = protocol::serialize_auth_switch_request({plugin, data});
    const auto error = co_await s_.client.write(request);
    if (error) co_return co_await client_lost(error);
    co_return auth_outcome{};
}

awaitable<auth_outcome> exchange::take_switch_request(const bytes& payload) {
    s_.server->member->set_switching(cluster::auth_switch::supported);
    const auto request = protocol::parse_auth_switch_request(payload);
    net::error_code bad;
    if (switched_)
        bad = protocol::errc::second_auth_switch;
    else if (!request)
        bad = request.error();
    else if (request->plugin.empty())  // an EOF packet, left over from an earlier reply
        bad = protocol::errc::unexpected_message;
    if (bad) co_return co_await aggregator_lost(bad);
    auto outcome = co_await switch_client(request->plugin, request->data);
    if (!going_on_) co_return outcome;
    co_return co_await pass_answer_on();
}

awaitable<net::result<bytes>> exchange::read_answer(auth_outcome& failed) {
    auto answer = co_await s_.client.read();
    if (answer) {
        if (!answer->empty()) s_.who.used_password = true;
    } else {
        failed = co_await client_lost(answer.error());
    }
    co_return answer;
}

awaitable<auth_outcome> exchange::pass_answer_on() {
    for (;;) {
        auth_outcome failed;
        auto answer = co_await read_answer(failed);
        if (!answer) co_return failed;
        cluster::password_exchange::message next{cluster::password_exchange::to::aggregator, std::move(*answer)};
        if (passwords_) next = passwords_->client_said(std::move(next.payload));
        const certs::cleansing wipe(next.payload);
        if (next.receiver == cluster::password_exchange::to::aggregator) {
            const auto error = co_await s_.aggregator().write(next.payload);
            if (error) co_return co_await aggregator_lost(error);
            co_return auth_outcome{};
        }
        const auto error = co_await s_.client.write(next.payload);
        if (error) co_return co_await client_lost(error);
    }
}

awaitable<auth_outcome> exchange::forward_data(const bytes& payload) {
    if (!switched_) co_return co_await aggregator_lost(make_error_code(protocol::errc::unexpected_message));
    if (passwords_) {
        auto own_answer = passwords_->aggregator_said(payload);
        if (!own_answer) co_return co_await aggregator_lost(own_answer.error());
        if (*own_answer) {
            const auto error = co_await s_.aggregator().write(**own_answer);
            if (error) co_return co_await aggregator_lost(error);
            co_return auth_outcome{};
        }
    }
    const auto error = co_await s_.client.write(payload);
    if (error) co_return co_await client_lost(error);
    if (!protocol::client_answers(plugin_, payload.data(), payload.size())) co_return auth_outcome{};
    co_return co_await pass_answer_on();
}

awaitable<auth_outcome> exchange::handle(const bytes& payload, first_reply rule) {
    const auto what = protocol::classify_auth_packet(payload);
    if (!what) co_return co_await aggregator_lost(what.error());
    switch (*what) {
        case auth_packet::ok:
            if (rule == first_reply::must_ask && !switched_)
                co_return co_await aggregator_lost(make_error_code(protocol::errc::unexpected_message));
            co_return co_await forward_ok(payload);
        case auth_packet::err:
            co_return co_await refused_by_aggregator(payload, rule);
        case auth_packet::auth_switch_request:
            co_return co_await take_switch_request(payload);
        case auth_packet::local_infile:
            co_return co_await aggregator_lost(make_error_code(protocol::errc::local_infile_in_login));
        case auth_packet::auth_more_data:
        case auth_packet::plugin_data:
            co_return co_await forward_data(payload);
    }
    co_return co_await aggregator_lost(make_error_code(protocol::errc::unexpected_message));
}

awaitable<auth_outcome> exchange::run(first_reply rule) {
    auth_outcome outcome;
    while (going_on_) {
        const auto payload = co_await s_.aggregator().read();
        if (!payload) co_return co_await aggregator_lost(payload.error());
        outcome = co_await handle(*payload, rule);
    }
    co_return outcome;
}

}  // namespace

awaitable<auth_outcome> relay_forced_switch(state& s, phase where, first_reply rule) {
    exchange conversation(s, where);
    co_return co_await conversation.run(rule);
}

awaitable<auth_outcome> relay_own_switch(state& s, phase where) {
    // The aggregator may refuse our certificate before the client is asked for anything.
    [[maybe_unused]] const auto seen_by_the_next_write = co_await s.aggregator().stream().finish_handshake();
    exchange conversation(s, where);
    const auto& greeting = s.server->greeting;
    const std::string plugin(protocol::greeting_plugin(greeting.auth_plugin));
    auto scramble = greeting.scramble;
    scramble.push_back(0);
    auto outcome = co_await conversation.switch_client(plugin, scramble);
    if (outcome.end) co_return outcome;
    auto answer = co_await conversation.read_answer(outcome);
    if (!answer) co_return outcome;
    auto payload = handshake_response_payload(s, plugin, *answer);
    const auto error = co_await s.aggregator().write(payload);
    certs::cleanse(*answer);
    certs::cleanse(payload);
    if (error) {
        ending end{{side::aggregator, where, cause_of(error)}, error.message()};
        auto told = co_await refuse(s, refusal::aggregator_lost, std::move(end));
        co_return ended(std::move(told));
    }
    co_return co_await conversation.run(first_reply::any);
}

}  // namespace portcullis::session
