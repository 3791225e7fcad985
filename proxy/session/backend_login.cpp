#include "proxy/session/backend_login.hpp"

#include "protocol/auth_plugin.hpp"
#include "proxy/cluster/dial.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/session/auth_relay.hpp"
#include "proxy/session/gate_attributes.hpp"
#include "proxy/session/login_messages.hpp"
#include "proxy/session/refuse.hpp"
#include "proxy/session/reuse.hpp"

#include <algorithm>

namespace portcullis::session {
namespace {

using net::awaitable;
using observe::cause;
using observe::phase;
using observe::side;
using kind = auth_outcome::kind;

std::string common_name(const certs::distinguished_name& subject) {
    for (const auto& each : subject.attributes())
        if (each.type == "CN") return each.value;
    return {};
}

/// What the PROXY header to the aggregator says of the client.
void describe_client(state& s, cluster::dial_request& request) {
    if (s.proxied) {
        request.client = s.proxied;
    } else if (s.from.address) {
        request.client.emplace();
        request.client->source = *s.from.address;
        request.client->source_port = s.port;
        const auto local = net::local_address(s.client.stream().socket());
        request.client->destination = local.ip().value_or(config::ip_address{});
        request.client->destination_port = local.port();
    }
    if (!s.client_tls) return;
    request.client_tls.emplace();
    request.client_tls->version = s.client_tls->version;
    request.client_tls->cipher = s.client_tls->cipher;
    request.client_tls->resumed = s.client_tls->resumed;
    if (!s.client_tls->certificate) return;
    request.client_tls->verified = true;
    request.client_tls->common_name = common_name(s.client_tls->certificate->subject);
}

void log_unreachable(const state& s, cluster::aggregator& member, const std::string& reason) {
    observe::log(observe::log_level::warning, "aggregator cannot be reached",
                 {{"cluster", s.door->target->settings().name},
                  {"aggregator", member.name()},
                  {"session", std::to_string(s.id)},
                  {"reason", reason}});
}

/// Dials `member`. True: s.server is a connection that waits for a HandshakeResponse.
awaitable<bool> reach(state& s, cluster::lease member) {
    cluster::dial_request request;
    const auto connect_until = net::clock::now() + s.env->timeouts.connect;
    request.until = std::min(connect_until, s.login_until);
    request.capabilities = protocol::sent_to_aggregator(s.who.capabilities, s.offered, true);
    request.capabilities_if_offered = attributes_flag(s);
    request.max_packet_size = s.who.max_packet_size;
    request.character_set = static_cast<std::uint8_t>(s.who.character_set);
    describe_client(s, request);
    auto reached = co_await cluster::dial(*s.door->target, *member, std::move(request));
    std::string failure = std::move(reached.failure);
    // The gate provides these itself.
    constexpr auto ours = protocol::client_ssl | protocol::client_plugin_auth | protocol::framing_flags;
    if (reached && (s.who.capabilities & ~ours & ~reached.greeting.capabilities) != 0)
        failure = "the member lacks a capability the cluster's others offered to the client";
    else if (!reached && net::clock::now() < s.login_until)
        member->mark_unusable();  // until the next health check says otherwise
    if (!failure.empty()) {
        log_unreachable(s, *member, failure);
        co_return false;
    }
    std::optional<certs::tls_facts> tls;
    if (reached.channel->stream().is_tls()) {
        tls = certs::facts_of(reached.channel->stream().ssl());
        s.env->metrics->aggregator.count(*tls, reached.tls_time);
    }
    s.server.emplace(
        backend{std::move(member), std::move(reached.channel), std::move(reached.greeting), std::move(tls)});
    co_return true;
}

awaitable<auth_outcome> authenticate(state& s, phase where) {
    if (s.server->member->switching() == cluster::auth_switch::unsupported)
        co_return co_await relay_own_switch(s, where);
    const auto payload = handshake_response_payload(s, protocol::forced_switch_plugin, {});
    const auto error = co_await s.aggregator().write(payload);
    if (error) co_return auth_outcome{kind::member_lost, std::nullopt, error.message()};
    co_return co_await relay_forced_switch(s, where, first_reply::any);
}

}  // namespace

awaitable<step> log_in_to_cluster(state& s, phase where) {
    std::vector<const cluster::aggregator*> tried;
    for (;;) {
        auto member = s.door->target->take(tried);
        if (!member || net::clock::now() >= s.login_until) break;
        const auto chosen = member->member();
        tried.push_back(chosen.get());
        if (where == phase::authentication) {
            auto done = co_await log_in_on_kept(s, *member);
            if (done) co_return std::move(done->end);
        }
        if (!co_await reach(s, std::move(*member))) continue;
        auto outcome = co_await authenticate(s, where);
        if (outcome.what == kind::accepted) co_return std::nullopt;
        if (outcome.what == kind::ended) co_return std::move(outcome.end);
        s.server.reset();
        log_unreachable(s, *chosen, outcome.detail);
        if (outcome.what != kind::cannot_switch) continue;
        // It may not know AuthSwitchRequest, or it may have meant its ERR: the second try, without, will tell.
        chosen->set_switching(cluster::auth_switch::unsupported);
        tried.pop_back();
    }
    ending end{{side::gate, phase::connect, cause::no_aggregator}, "no member of the cluster can be reached"};
    co_return co_await refuse(s, refusal::no_aggregator, std::move(end));
}

}  // namespace portcullis::session
