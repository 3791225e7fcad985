#include "proxy/cluster/dial.hpp"

#include "certs/client_context.hpp"
#include "protocol/err_packet.hpp"
#include "protocol/handshake_response.hpp"
#include "proxy/net/error.hpp"
#include "proxy/observe/log.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

namespace portcullis::cluster {
namespace {

using net::awaitable;
using net::error_code;
using net::packet_channel;

constexpr std::uint16_t er_host_is_blocked = 1129;

struct attempt {
    const cluster& where;
    aggregator& member;
    const dial_request& request;
};

bool wants_tls(config::ssl_mode mode, const protocol::greeting& greeting) {
    if (mode == config::ssl_mode::disabled) return false;
    if (mode == config::ssl_mode::preferred) return (greeting.capabilities & protocol::client_ssl) != 0;
    return true;
}

std::string words(std::string_view step, const error_code& error, bool expired) {
    if (expired) return fmt::format("{}: timed out (timeouts.connect)", step);
    return fmt::format("{}: {}", step, error.message());
}

awaitable<std::string> connect(const attempt& a, packet_channel& channel, const net::deadline& limit) {
    const auto addresses = a.member.addresses();
    if (addresses.empty()) co_return "the host name has no address";
    std::string failure;
    for (const auto& each : addresses) {
        auto endpoint = each.endpoint();
        const auto error = co_await channel.stream().connect(endpoint);
        if (!error) co_return std::string{};
        failure = words("connect", error, limit.expired());
        if (limit.expired()) break;
        channel.stream().reopen();
    }
    co_return failure;
}

awaitable<std::string> send_proxy_header(const attempt& a, packet_channel& channel, const net::deadline& limit) {
    if (!a.where.settings().proxy_protocol) co_return std::string{};
    const auto header = net::make_proxy_header(a.request.client, a.request.client_tls);
    const auto error = co_await channel.stream().write(header);
    co_return error ? words("PROXY header", error, limit.expired()) : std::string{};
}

/// Nobody gets through to this member any more, and it does not mend itself: an alarm, once until it is mended.
void raise_alarm(const attempt& a) {
    if (!a.member.note_blocked()) return;
    observe::log(
        observe::log_level::error,
        "an aggregator blocks the gate (ERR 1129): run FLUSH HOSTS there (TRUNCATE TABLE "
        "performance_schema.host_cache in MySQL 8.4 and later), raise its max_connect_errors, and look whether "
        "proxy_protocol fits its configuration",
        {{"cluster", a.where.settings().name},
         {"aggregator", a.member.name()},
         {"times", std::to_string(a.member.times_blocked())}});
}

/// What a member said instead of a greeting: 1040, 1129, 1130.
std::string refused_by(const attempt& a, const protocol::bytes& payload) {
    const auto refusal = protocol::parse_err_packet(payload);
    if (!refusal) return "greeting: " + refusal.error().message();
    if (refusal->code == er_host_is_blocked) raise_alarm(a);
    return "refused: " + protocol::in_words(*refusal);
}

awaitable<std::string> read_greeting(const attempt& a, packet_channel& channel, protocol::greeting& out,
                                     const net::deadline& limit) {
    const auto payload = co_await channel.read_exactly_one();
    if (!payload) co_return words("greeting", payload.error(), limit.expired());
    if (!payload->empty() && payload->front() == 0xff) co_return refused_by(a, *payload);
    auto greeting = protocol::parse_greeting(*payload);
    if (!greeting) co_return "greeting: " + greeting.error().message();
    out = std::move(*greeting);
    co_return std::string{};
}

std::string tls_failure(const packet_channel& channel, const error_code& error, bool expired) {
    const auto& stream = channel.stream();
    const auto reason = certs::verification_failure(stream.ssl());
    if (!reason.empty()) return "TLS: the aggregator's certificate was refused: " + reason;
    if (!stream.failure().empty()) return "TLS: " + stream.failure();
    return words("TLS", error, expired);
}

awaitable<std::string> start_tls(const attempt& a, packet_channel& channel, const protocol::greeting& greeting,
                                 const net::deadline& limit) {
    if (channel.stream().has_unread()) co_return "bytes behind the greeting before TLS: somebody is in the middle";
    protocol::ssl_request request;
    request.capabilities = a.request.capabilities | protocol::client_ssl;
    request.capabilities |= a.request.capabilities_if_offered & greeting.capabilities;
    request.max_packet_size = a.request.max_packet_size;
    request.character_set = a.request.character_set;
    const auto payload = protocol::serialize_ssl_request(request);
    const auto unsent = co_await channel.write(payload);
    if (unsent) co_return words("SSLRequest", unsent, limit.expired());
    ERR_clear_error();
    certs::ssl_ptr ssl{SSL_new(a.where.context())};
    if (!ssl) co_return "TLS: out of memory";
    const auto& settings = a.where.settings();
    const auto host = settings.ssl_mode == config::ssl_mode::verify_identity && a.member.address().is_unix()
                          ? std::string("localhost")
                          : a.member.address().host;
    const auto unnamed = certs::set_expected_host(ssl.get(), host, settings.tls.verify);
    if (unnamed) co_return "TLS: " + unnamed.message();
    const auto tickets = a.member.tls_sessions().attach(ssl.get());
    const auto failed = co_await channel.stream().connect_tls(std::move(ssl), tickets);
    co_return failed ? tls_failure(channel, failed, limit.expired()) : std::string{};
}

awaitable<std::string> converse(const attempt& a, packet_channel& channel, dialled& result,
                                const net::deadline& limit) {
    auto failure = co_await connect(a, channel, limit);
    if (failure.empty()) failure = co_await send_proxy_header(a, channel, limit);
    if (failure.empty()) failure = co_await read_greeting(a, channel, result.greeting, limit);
    if (!failure.empty()) co_return failure;
    if (!wants_tls(a.where.settings().ssl_mode, result.greeting)) co_return failure;
    if ((result.greeting.capabilities & protocol::client_ssl) == 0)
        co_return "the aggregator offers no TLS, and the cluster's ssl_mode asks for it";
    const auto began = net::clock::now();
    failure = co_await start_tls(a, channel, result.greeting, limit);
    result.tls_time = net::clock::now() - began;
    co_return failure;
}

}  // namespace

awaitable<dialled> dial(const cluster& where, aggregator& member, dial_request request) {
    const auto executor = co_await net::asio::this_coro::executor;
    dialled result;
    auto channel = std::make_unique<packet_channel>(net::stream_socket(executor));
    auto& stream = channel->stream();
    const net::deadline limit(executor, request.until, [&stream] { stream.cancel(); });
    const attempt a{where, member, request};
    const auto began = net::clock::now();
    result.failure = co_await converse(a, *channel, result, limit);
    if (result.failure.empty()) {
        member.dial_time().observe(net::clock::now() - began);
        result.channel = std::move(channel);
    } else {
        member.count_dial_failure();
    }
    co_return result;
}

}  // namespace portcullis::cluster
