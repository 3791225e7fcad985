#include "proxy/cluster/password_login.hpp"

#include "certs/random.hpp"
#include "protocol/auth_messages.hpp"
#include "protocol/auth_plugin.hpp"
#include "protocol/command.hpp"
#include "protocol/err_packet.hpp"
#include "protocol/handshake_response.hpp"
#include "proxy/cluster/password_exchange.hpp"
#include "proxy/cluster/password_proof.hpp"

#include <fmt/format.h>

#include <optional>

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

/// The first answer to `plugin`, or nothing if there is none.
std::optional<bytes> answer_to(std::string_view plugin, std::string_view password, protocol::bytes_view data,
                               bool secure) {
    const auto scramble = without_final_nul(data);
    if (plugin == protocol::mysql_native_password) return prove_native(password, scramble);
    if (plugin == protocol::caching_sha2_password) return prove_caching_sha2(password, scramble);
    if (plugin == "mysql_clear_password" && secure) return readable(password);
    return std::nullopt;
}

bytes response_payload(const password_login& account, const bytes& proof, std::string_view plugin,
                       const protocol::greeting& greeting) {
    protocol::handshake_response response;
    response.capabilities = account.capabilities & (greeting.capabilities | protocol::client_plugin_auth);
    response.max_packet_size = 1U << 24U;
    response.character_set = 45;
    response.user = protocol::as_bytes(account.user);
    response.auth_response = proof;
    response.auth_plugin = protocol::as_bytes(plugin);
    return protocol::serialize_handshake_response(response);
}

std::string describe_refusal(const bytes& payload) {
    const auto refusal = protocol::parse_err_packet(payload);
    if (!refusal) return refusal.error().message();
    return protocol::in_words(*refusal);
}

/// Answers until OK or ERR. Without an account every answer is empty: the caller wants an end, not a login.
class conversation {
public:
    conversation(const password_login& account, packet_channel& channel) : account_(account), channel_(channel) {}

    /// The answer to a plugin and its scramble, or nothing if there is none.
    std::optional<bytes> begin(std::string_view plugin, protocol::bytes_view data) {
        hidden_.reset();
        if (protocol::hides_with_rsa(plugin))
            hidden_.emplace(plugin, data, protocol::legs{true, account_.secure}, nullptr);
        if (plugin == protocol::sha256_password) return hidden_->client_said(readable(account_.password)).payload;
        return answer_to(plugin, account_.password, data, account_.secure);
    }

    awaitable<login_result> finish() {
        for (int rounds = 0; rounds < 8; ++rounds) {
            const auto payload = co_await channel_.read();
            if (!payload) co_return failed(payload.error().message());
            const auto kind = protocol::classify_auth_packet(*payload);
            if (!kind) co_return failed(kind.error().message());
            outcome_.accepted = *kind == auth_packet::ok;
            if (*kind == auth_packet::err && !account_.anonymous) co_return failed(describe_refusal(*payload));
            if (outcome_.accepted || *kind == auth_packet::err) co_return outcome_;
            if (*kind == auth_packet::local_infile) co_return failed("the server asks for a file");
            auto failure = co_await answer(*kind, *payload);
            if (!failure.empty()) co_return failed(std::move(failure));
        }
        co_return failed("the login does not end");
    }

private:
    login_result failed(std::string reason) {
        outcome_.failure = std::move(reason);
        return outcome_;
    }

    awaitable<std::string> answer(auth_packet kind, const bytes& payload) {
        bytes reply;
        const certs::cleansing wipe(reply);
        if (kind == auth_packet::auth_switch_request) {
            const auto request = protocol::parse_auth_switch_request(payload);
            if (!request) co_return request.error().message();
            outcome_.can_switch = true;
            const std::optional<bytes> proof = account_.anonymous ? bytes{} : begin(request->plugin, request->data);
            if (!proof)
                co_return fmt::format("{} has the plugin {}, which cannot be answered{}", account_.user,
                                      request->plugin, account_.secure ? "" : " without TLS");
            reply = *proof;
        } else if (!protocol::client_answers(protocol::caching_sha2_password, payload.data(), payload.size())) {
            co_return std::string{};
        } else if (hidden_) {
            const auto own_answer = hidden_->aggregator_said(payload);
            if (!own_answer) co_return own_answer.error().message();
            reply = *own_answer ? **own_answer : hidden_->client_said(readable(account_.password)).payload;
        }
        const auto error = co_await channel_.write(reply);
        co_return error ? error.message() : std::string{};
    }

    const password_login& account_;
    packet_channel& channel_;
    login_result outcome_;
    std::optional<password_exchange> hidden_;  ///< for the sha2 plugins
};

}  // namespace

awaitable<login_result> log_in_with_password(password_login account, packet_channel& channel,
                                             const protocol::greeting& greeting) {
    conversation rest(account, channel);
    // Without an account the plugin is one nobody has: the answer tells whether the server knows AuthSwitchRequest.
    const auto proof = account.anonymous ? std::nullopt : rest.begin(greeting.auth_plugin, greeting.scramble);
    const auto plugin = proof ? std::string_view(greeting.auth_plugin) : protocol::forced_switch_plugin;
    const auto payload = response_payload(account, proof.value_or(bytes{}), plugin, greeting);
    const auto error = co_await channel.write(payload);
    if (error) co_return login_result{error.message(), false, false};
    co_return co_await rest.finish();
}

awaitable<void> quit(packet_channel& channel) {
    channel.restart(0);
    const bytes payload{static_cast<std::uint8_t>(protocol::command::quit)};
    [[maybe_unused]] const auto best_effort = co_await channel.write(payload);
}

}  // namespace portcullis::cluster
