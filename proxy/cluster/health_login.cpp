#include "proxy/cluster/health_login.hpp"

#include "certs/random.hpp"
#include "protocol/auth_messages.hpp"
#include "protocol/auth_plugin.hpp"
#include "protocol/command.hpp"
#include "protocol/err_packet.hpp"
#include "protocol/handshake_response.hpp"
#include "proxy/cluster/password_exchange.hpp"
#include "proxy/cluster/password_proof.hpp"

#include <fmt/format.h>

namespace portcullis::cluster {
namespace {

using net::awaitable;
using net::packet_channel;
using protocol::auth_packet;
using protocol::bytes;

protocol::bytes_view without_final_nul(protocol::bytes_view data) {
    return !data.empty() && data.back() == 0 ? data.first(data.size() - 1) : data;
}

bytes readable(std::string_view password) {
    bytes clear(password.begin(), password.end());
    clear.push_back(0);
    return clear;
}

/// The first answer to `plugin`, or nothing if the gate cannot give it.
std::optional<bytes> answer_to(std::string_view plugin, std::string_view password, protocol::bytes_view data,
                               bool secure) {
    const auto scramble = without_final_nul(data);
    if (plugin == protocol::mysql_native_password) return prove_native(password, scramble);
    if (plugin == protocol::caching_sha2_password) return prove_caching_sha2(password, scramble);
    if (plugin == "mysql_clear_password" && secure) return readable(password);
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
        : settings_(settings),
          member_(member),
          channel_(channel),
          secure_(channel.stream().is_tls() || member.address().is_unix()) {}

    /// The answer to a plugin and its scramble, or nothing if the gate cannot give it.
    std::optional<bytes> begin(std::string_view plugin, protocol::bytes_view data) {
        hidden_.reset();
        if (protocol::hides_with_rsa(plugin)) hidden_.emplace(plugin, data, protocol::legs{true, secure_}, nullptr);
        if (plugin == protocol::sha256_password) return hidden_->client_said(readable(settings_.password)).payload;
        return answer_to(plugin, settings_.password, data, secure_);
    }

    awaitable<health_login> finish(bool anonymous) {
        health_login outcome;
        for (int rounds = 0; rounds < 8 && outcome.failure.empty(); ++rounds) {
            const auto payload = co_await channel_.read();
            if (!payload) co_return failed(payload.error().message());
            const auto kind = protocol::classify_auth_packet(*payload);
            if (!kind) co_return failed(kind.error().message());
            outcome.accepted = *kind == auth_packet::ok;
            if (*kind == auth_packet::err && !anonymous) outcome.failure = describe_refusal(*payload);
            if (outcome.accepted || *kind == auth_packet::err) co_return outcome;
            if (*kind == auth_packet::local_infile) co_return failed("the member asks for a file");
            outcome.failure = co_await answer(*kind, *payload, anonymous);
        }
        if (outcome.failure.empty()) co_return failed("the login does not end");
        co_return outcome;
    }

    static health_login failed(const std::string& reason) { return {"health check: " + reason, false}; }

private:
    awaitable<std::string> answer(auth_packet kind, const bytes& payload, bool anonymous) {
        bytes reply;
        const certs::cleansing wipe(reply);
        if (kind == auth_packet::auth_switch_request) {
            const auto request = protocol::parse_auth_switch_request(payload);
            if (!request) co_return "health check: " + request.error().message();
            member_.set_switching(auth_switch::supported);
            const std::optional<bytes> proof = anonymous ? bytes{} : begin(request->plugin, request->data);
            if (!proof)
                co_return fmt::format("health.user has the plugin {}, which health checks cannot answer{}",
                                      request->plugin, secure_ ? "" : " without TLS");
            reply = *proof;
        } else if (!protocol::client_answers(protocol::caching_sha2_password, payload.data(), payload.size())) {
            co_return std::string{};
        } else if (hidden_) {
            const auto own_answer = hidden_->aggregator_said(payload);
            if (!own_answer) co_return "health check: " + own_answer.error().message();
            reply = *own_answer ? **own_answer : hidden_->client_said(readable(settings_.password)).payload;
        }
        const auto error = co_await channel_.write(reply);
        co_return error ? "health check: " + error.message() : std::string{};
    }

    const config::health& settings_;
    aggregator& member_;
    packet_channel& channel_;
    const bool secure_;
    std::optional<password_exchange> hidden_;  ///< for the sha2 plugins
};

}  // namespace

protocol::capability_flags health_capabilities() {
    using namespace protocol;
    return client_long_password | client_protocol_41 | client_secure_connection | client_plugin_auth |
           client_transactions;
}

awaitable<health_login> log_in_for_health(const config::health& settings, aggregator& member, packet_channel& channel,
                                          const protocol::greeting& greeting) {
    const bool anonymous = settings.user.empty();
    const auto user = anonymous ? nobody : std::string_view(settings.user);
    conversation rest(settings, member, channel);
    // Without a user the plugin is one nobody has: the answer tells whether the member knows AuthSwitchRequest.
    const auto proof = anonymous ? std::nullopt : rest.begin(greeting.auth_plugin, greeting.scramble);
    const auto plugin = proof ? std::string_view(greeting.auth_plugin) : protocol::forced_switch_plugin;
    const auto payload = response_payload(user, proof.value_or(bytes{}), plugin, channel.stream().is_tls(), greeting);
    const auto error = co_await channel.write(payload);
    if (error) co_return conversation::failed(error.message());
    co_return co_await rest.finish(anonymous);
}

awaitable<void> quit(packet_channel& channel) {
    channel.restart(0);
    const bytes payload{static_cast<std::uint8_t>(protocol::command::quit)};
    [[maybe_unused]] const auto best_effort = co_await channel.write(payload);
}

awaitable<std::string> finish_health_check(const config::health& settings, aggregator& member, packet_channel& channel,
                                           const protocol::greeting& greeting) {
    auto login = co_await log_in_for_health(settings, member, channel, greeting);
    if (login.accepted) co_await quit(channel);
    co_return std::move(login.failure);
}

}  // namespace portcullis::cluster
