#include "proxy/session/client_login.hpp"

#include "certs/random.hpp"
#include "protocol/auth_plugin.hpp"
#include "protocol/connection_id.hpp"
#include "protocol/greeting.hpp"
#include "protocol/handshake_response.hpp"
#include "protocol/user_name.hpp"
#include "proxy/gate/address_rules.hpp"
#include "proxy/observe/audit.hpp"
#include "proxy/session/banned.hpp"
#include "proxy/session/refuse.hpp"

namespace portcullis::session {
namespace {

using net::awaitable;
using observe::cause;
using observe::phase;
using observe::side;

constexpr std::size_t scramble_size = 20;
constexpr std::uint16_t status_autocommit = 2;

ending gate_ends(phase where, cause why, std::string detail = {}) {
    return {{side::gate, where, why}, std::move(detail)};
}

/// 20 printable bytes: some drivers stumble over others. 94 values from a byte by rejection, so none is likelier.
bool make_scramble(protocol::bytes& out) {
    constexpr unsigned values = 94;
    out.clear();
    while (out.size() < scramble_size) {
        std::array<std::uint8_t, 2 * scramble_size> random{};
        if (!certs::fill_random(random)) return false;
        for (const unsigned byte : random)
            if (byte < 2 * values && out.size() < scramble_size)
                out.push_back(static_cast<std::uint8_t>('!' + byte % values));
    }
    return true;
}

awaitable<step> read_proxy_header(state& s) {
    protocol::bytes header;
    for (;;) {
        const auto wanted = net::proxy_bytes_wanted(header);
        if (!wanted) co_return ending{{side::client, phase::arrival, cause::proxy_header_invalid}, "no PROXY header"};
        if (*wanted == 0) break;
        const auto size = header.size();
        header.resize(size + *wanted);
        const auto rest = std::span(header).subspan(size);
        const auto error = co_await s.client.stream().read_exactly(rest);
        if (error) co_return ending{{side::client, phase::arrival, cause_of(error)}, error.message()};
    }
    const auto parsed = net::parse_proxy_header(header);
    if (!parsed)
        co_return ending{{side::client, phase::arrival, cause::proxy_header_invalid}, "malformed PROXY header"};
    if (parsed->local) co_return std::nullopt;
    s.from.address = parsed->source;
    s.port = parsed->source_port;
    s.proxied = *parsed;
    co_return std::nullopt;
}

refusal refusal_of(portcullis::gate::denial why) {
    return why == portcullis::gate::denial::secure_transport ? refusal::secure_transport_required
                                                             : refusal::access_denied;
}

std::string words(portcullis::gate::denial why) {
    using portcullis::gate::denial;
    switch (why) {
        case denial::tls_required:
            return "the account requires TLS (require)";
        case denial::certificate_required:
            return "the account requires a client certificate (require = \"X509\")";
        case denial::issuer_mismatch:
            return "the client certificate has another issuer (issuer)";
        case denial::subject_mismatch:
            return "the client certificate has another subject (subject)";
        case denial::cipher_mismatch:
            return "the connection uses another cipher (cipher)";
        case denial::address_not_allowed:
            return "the account may not connect from there (allow_from)";
        case denial::secure_transport:
            return "the listener requires TLS (require_secure_transport)";
    }
    return {};
}

/// The counter wraps: an id is not given out again while its last session lives (security rule 24).
std::uint32_t next_connection_id(const environment& env) {
    const auto instance = static_cast<std::uint32_t>(env.gate.instance_id);
    for (;;) {
        const auto counter = env.connection_counter->fetch_add(1, std::memory_order_relaxed);
        const auto id = protocol::make_connection_id(instance, counter);
        if (!env.sessions->contains(id)) return id;
    }
}

protocol::bytes greeting_payload(state& s) {
    const auto offer = s.door->target->current_offer();
    const auto& settings = s.door->target->settings();
    const protocol::offer_options options{settings.local_infile, s.door->context != nullptr,
                                          s.door->settings.compression, settings.reuse != config::reuse::off};
    s.offered = protocol::offered_to_client(offer.capabilities, options);
    protocol::greeting greeting;
    greeting.server_version = offer.server_version;
    greeting.connection_id = s.id;
    greeting.scramble = s.scramble;
    greeting.capabilities = s.offered;
    greeting.character_set = offer.character_set;
    greeting.status_flags = status_autocommit;
    greeting.auth_plugin = protocol::greeting_plugin(offer.auth_plugin);
    return protocol::serialize_greeting(greeting);
}

/// Takes over what the HandshakeResponse says; everything is copied, its payload is wiped.
void accept_identity(state& s, const protocol::handshake_response& response) {
    s.who.capabilities = response.capabilities & s.offered;
    s.who.max_packet_size = response.max_packet_size;
    s.who.character_set = response.character_set;
    s.who.zstd_level = response.zstd_level;
    s.who.user = protocol::without_quotes(protocol::as_text(response.user));
    s.who.database = protocol::as_text(response.database);
    s.who.connect_attributes.assign(response.connect_attributes.begin(), response.connect_attributes.end());
    s.who.used_password = !response.auth_response.empty();
}

awaitable<step> read_handshake_response(state& s, protocol::bytes payload) {
    const certs::cleansing wipe(payload);
    const auto response = protocol::parse_handshake_response(payload, s.client.stream().is_tls());
    if (!response) co_return co_await client_failed(s, phase::login, response.error());
    if ((response->capabilities & protocol::framing_flags & ~s.offered) != 0)
        co_return co_await client_failed(s, phase::login, protocol::errc::compression_not_offered);
    accept_identity(s, *response);
    co_return std::nullopt;
}

/// Whatever the client sent behind its SSLRequest is the TLS engine's: read_exactly_one left it in the kernel.
awaitable<step> start_tls(state& s, const protocol::bytes& payload) {
    const auto request = protocol::parse_ssl_request(payload);
    if (!request) co_return co_await client_failed(s, phase::greeting, request.error());
    if (!s.door->context) co_return co_await client_failed(s, phase::greeting, protocol::errc::unexpected_ssl_request);
    const auto began = net::clock::now();
    const auto error = co_await s.client.stream().accept_tls(s.door->context.get());
    if (error) {
        const auto& reason = s.client.stream().failure();
        co_return ending{{side::client, phase::tls, cause_of(error)}, reason.empty() ? error.message() : reason};
    }
    s.client_tls = certs::facts_of(s.client.stream().ssl());
    s.env->metrics->client.count(*s.client_tls, net::clock::now() - began);
    co_return std::nullopt;
}

awaitable<step> take_permits(state& s) {
    auto& limits = *s.env->limits;
    auto reached = limits.take_connection(s.from, s.connection_permit);
    if (!reached) reached = limits.take_unauthenticated(s.unauthenticated_permit);
    if (!reached) co_return std::nullopt;
    using portcullis::gate::limit_reached;
    std::string detail = "limits.max_connections";
    if (*reached == limit_reached::max_unauthenticated) detail = "limits.max_unauthenticated";
    if (*reached == limit_reached::max_connections_per_address) detail = "limits.max_connections_per_address";
    auto end = gate_ends(phase::arrival, cause::too_many_connections, std::move(detail));
    co_return co_await refuse(s, refusal::too_many_connections, std::move(end));
}

}  // namespace

awaitable<step> arrive(state& s) {
    const auto& settings = s.door->settings;
    if (s.from.address && gate::is_in(settings.proxy_protocol_networks, *s.from.address)) {
        auto end = co_await read_proxy_header(s);
        if (end) co_return end;
    }
    if (!gate::may_connect(s.from, settings)) {
        auto end = gate_ends(phase::arrival, cause::address_not_allowed, "allow_from / deny_from of the listener");
        co_return co_await refuse(s, refusal::host_not_allowed, std::move(end));
    }
    auto banned = co_await turn_away_if_banned(s);
    if (banned) co_return banned;
    co_return co_await take_permits(s);
}

awaitable<step> read_login(state& s) {
    s.id = next_connection_id(*s.env);
    if (!make_scramble(s.scramble)) co_return gate_ends(phase::greeting, cause::internal_error, "no random bytes");
    const auto greeting = greeting_payload(s);
    const auto unsent = co_await s.client.write(greeting);
    if (unsent) co_return co_await client_failed(s, phase::greeting, unsent);
    s.greeted = true;

    auto first = co_await s.client.read_exactly_one();
    if (!first) co_return co_await client_failed(s, phase::greeting, first.error());
    const auto kind = protocol::classify_first_packet(*first);
    if (!kind) co_return co_await client_failed(s, phase::greeting, kind.error());
    if (*kind == protocol::first_packet::handshake_response)
        co_return co_await read_handshake_response(s, std::move(*first));

    auto end = co_await start_tls(s, *first);
    if (end) co_return end;
    auto second = co_await s.client.read();
    if (!second) co_return co_await client_failed(s, phase::login, second.error());
    co_return co_await read_handshake_response(s, std::move(*second));
}

awaitable<step> decide(state& s, phase where) {
    s.decision = {};
    if (!observe::audit_admits_logins()) {
        auto end = gate_ends(where, cause::audit_failed, "audit.on_failure");
        co_return co_await refuse(s, refusal::logins_suspended, std::move(end));
    }
    if (!protocol::is_looked_up_unchanged(s.who.user, s.who.character_set, s.offered)) {
        auto end = gate_ends(where, cause::refused, "the aggregators would take the user name for another");
        co_return co_await refuse(s, refusal::access_denied, std::move(end));
    }
    const auto* tls = s.client_tls ? &*s.client_tls : nullptr;
    s.decision = s.env->accounts.decide(s.who.user, s.from, tls, s.door->settings.require_secure_transport);
    if (s.decision.denied) {
        auto end = gate_ends(where, cause::refused, words(*s.decision.denied));
        co_return co_await refuse(s, refusal_of(*s.decision.denied), std::move(end));
    }
    const auto counted_as = s.decision.account + '|' + s.who.user;  // MySQL counts per user name and account host
    const auto reached = s.env->limits->take_user(counted_as, s.decision.max_user_connections, s.user_permit);
    if (reached) {
        auto end = gate_ends(where, cause::too_many_user_connections, "max_user_connections of the account");
        co_return co_await refuse(s, refusal::too_many_user_connections, std::move(end));
    }
    co_return std::nullopt;
}

}  // namespace portcullis::session
