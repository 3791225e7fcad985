#include "proxy/cluster/health_statement.hpp"

#include "protocol/command.hpp"
#include "protocol/err_packet.hpp"
#include "proxy/cluster/dial.hpp"
#include "proxy/cluster/health_login.hpp"

#include <algorithm>

namespace portcullis::cluster {
namespace {

using net::awaitable;

constexpr std::uint8_t ok_byte = 0x00;

std::string describe_reply(const protocol::bytes& payload) {
    if (!payload.empty() && payload.front() == ok_byte) return {};
    const auto refusal = protocol::parse_err_packet(payload);
    if (!refusal) return "the reply is neither OK nor ERR";
    return protocol::in_words(*refusal);
}

protocol::bytes query(std::string_view statement) {
    protocol::bytes payload(1 + statement.size());
    payload[0] = static_cast<std::uint8_t>(protocol::command::query);
    std::copy(statement.begin(), statement.end(), payload.begin() + 1);
    return payload;
}

awaitable<std::string> converse(const config::health& settings, aggregator& member, dialled& reached,
                                std::string_view statement) {
    auto& channel = *reached.channel;
    auto login = co_await log_in_for_health(settings, member, channel, reached.greeting);
    if (!login.accepted) co_return std::move(login.failure);
    const auto payload = query(statement);
    channel.restart(0);
    const auto unsent = co_await channel.write(payload);
    if (unsent) co_return unsent.message();
    const auto reply = co_await channel.read();
    if (!reply) co_return reply.error().message();
    co_await quit(channel);
    co_return describe_reply(*reply);
}

}  // namespace

awaitable<std::string> run_as_health_account(const cluster& where, aggregator& member, std::string statement,
                                             std::chrono::milliseconds within) {
    const auto executor = co_await net::asio::this_coro::executor;
    dial_request request;
    request.until = net::clock::now() + within;
    request.capabilities = health_capabilities();
    const auto until = request.until;
    auto reached = co_await dial(where, member, std::move(request));
    if (!reached) co_return std::move(reached.failure);
    auto& stream = reached.channel->stream();
    const net::deadline limit(executor, until, [&stream] { stream.cancel(); });
    auto failure = co_await converse(where.settings().health, member, reached, statement);
    if (limit.expired()) failure = "timed out (timeouts.connect)";
    co_return failure;
}

}  // namespace portcullis::cluster
