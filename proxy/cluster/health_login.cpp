#include "proxy/cluster/health_login.hpp"

#include "protocol/auth_messages.hpp"
#include "protocol/auth_plugin.hpp"
#include "protocol/command.hpp"
#include "protocol/err_packet.hpp"
#include "protocol/handshake_response.hpp"
#include "proxy/cluster/password_proof.hpp"

#include <fmt/format.h>

namespace portcullis::cluster {
namespace {

using net::awaitable;
using net::packet_channel;
using protocol::auth_packet;
using protocol::bytes;

constexpr std::uint8_t fast_auth_ok = 3;
constexpr std::uint8_t full_auth_needed = 4;

protocol::bytes_view without_final_nul(protocol::bytes_view data) {
    return !data.empty() && data.back() == 0 ? data.first(data.size() - 1) : data;
}

/// The first answer to `plugin`, or nothing if the gate cannot give it.
std::optional<bytes> answer_to(std::string_view plugin, std::string_view password, protocol::bytes_view data,
                               bool tls) {
    const auto scramble = without_final_nul(data);
    if (plugin == protocol::mysql_native_password) return prove_native(password, scramble);
    if (plugin == protocol::caching_sha2_password) return prove_caching_sha2(password, scramble);
    if (plugin == "mysql_clear_password" && tls) {
        bytes clear(password.begin(), password.end());
        clear.push_back(0);
        return clear;
    }
    return std::nullopt;
}

bytes response_payload(std::string_view user, const bytes& proof, std::string_view plugin, bool tls,
                       const protocol::greeting& greeting) {
    protocol::handshake_response response;
    response.capabilities = health_capabilities() & (greeting.capabilities | protocol::client_plugin_auth);
    if (tls) response.capabilities |= protocol::client_ssl;
    response.max_packet_size = 1U << 24U;
    response.character_set = 45;
    response.user = protocol::as_bytes(user);
    response.auth_response = proof;
    response.auth_plugin = protocol::as_bytes(plugin);
    return protocol::serialize_handshake_response(response);
}

std::string describe_refusal(const bytes& payload) {
    const auto refusal = protocol::parse_err_packet(payload);
    if (!refusal) return "health check: " + refusal.error().message();
    return fmt::format("health check: ERR {} {}", refusal->code, refusal->message);
}

/// Answers until OK or ERR. Without a user every answer is empty: the check wants an end, not a login.
class conversation {
public:
    conversation(const config::health& settings, aggregator& member, packet_channel& channel)
        : settings_(settings), member_(member), channel_(channel) {}

    awaitable<std::string> finish(bool anonymous) {
        for (int rounds = 0; rounds < 8; ++rounds) {
            const auto payload = co_await channel_.read();
            if (!payload) co_return "health check: " + payload.error().message();
            const auto kind = protocol::classify_auth_packet(*payload);
            if (!kind) co_return "health check: " + kind.error().message();
            if (*kind == auth_packet::ok) co_return co_await quit();
            if (*kind == auth_packet::err) co_return anonymous ? std::string{} : describe_refusal(*payload);
            if (*kind == auth_packet::local_infile) co_return "health check: the member asks for a file";
            const auto failure = co_await answer(*kind, *payload, anonymous);
            if (!failure.empty()) co_return failure;
        }
        co_return "health check: the login does not end";
    }

private:
    awaitable<std::string> answer(auth_packet kind, const bytes& payload, bool anonymous) {
        bytes reply;
        if (kind == auth_packet::auth_switch_request) {
            const auto request = protocol::parse_auth_switch_request(payload);
            if (!request) co_return "health check: " + request.error().message();
            member_.set_switching(auth_switch::supported);
            const auto proof = answer_to(request->plugin, anonymous ? "" : settings_.password, request->data,
                                         channel_.stream().is_tls());
            if (!proof && !anonymous)
                co_return fmt::format("health.user has the plugin {}, which health checks cannot answer{}",
                                      request->plugin, channel_.stream().is_tls() ? "" : " without TLS");
            reply = proof.value_or(bytes{});
        } else if (kind == auth_packet::auth_more_data && payload.size() > 1 && payload[1] == fast_auth_ok) {
            co_return std::string{};
        } else if (kind == auth_packet::auth_more_data && payload.size() > 1 && payload[1] == full_auth_needed) {
            if (!anonymous && !channel_.stream().is_tls())
                co_return "health.user needs its password sent in full once, which needs TLS (the cluster's ssl_mode)";
            if (!anonymous) reply.assign(settings_.password.begin(), settings_.password.end());
            reply.push_back(0);
        }
        const auto error = co_await channel_.write(reply);
        co_return error ? "health check: " + error.message() : std::string{};
    }

    awaitable<std::string> quit() {
        channel_.restart(0);
        const bytes payload{static_cast<std::uint8_t>(protocol::command::quit)};
        [[maybe_unused]] const auto best_effort = co_await channel_.write(payload);
        co_return std::string{};
    }

    const config::health& settings_;
    aggregator& member_;
    packet_channel& channel_;
};

}  // namespace

protocol::capability_flags health_capabilities() {
    using namespace protocol;
    return client_long_password | client_protocol_41 | client_secure_connection | client_plugin_auth |
           client_transactions;
}

awaitable<std::string> finish_health_check(const config::health& settings, aggregator& member, packet_channel& channel,
                                           const protocol::greeting& greeting) {
    const bool anonymous = settings.user.empty();
    const bool tls = channel.stream().is_tls();
    const auto user = anonymous ? nobody : std::string_view(settings.user);
    // Without a user the plugin is one nobody has: the answer tells whether the member knows AuthSwitchRequest.
    const auto proof =
        anonymous ? std::nullopt : answer_to(greeting.auth_plugin, settings.password, greeting.scramble, tls);
    const auto plugin = proof ? std::string_view(greeting.auth_plugin) : protocol::forced_switch_plugin;
    const auto payload = response_payload(user, proof.value_or(bytes{}), plugin, tls, greeting);
    const auto error = co_await channel.write(payload);
    if (error) co_return "health check: " + error.message();
    conversation rest(settings, member, channel);
    co_return co_await rest.finish(anonymous);
}

}  // namespace portcullis::cluster
