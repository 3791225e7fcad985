#include "proxy/cluster/health_login.hpp"

namespace portcullis::cluster {

using net::awaitable;
using net::packet_channel;

protocol::capability_flags health_capabilities() {
    using namespace protocol;
    return client_long_password | client_protocol_41 | client_secure_connection | client_plugin_auth |
           client_transactions;
}

awaitable<login_result> log_in_for_health(const config::health& settings, aggregator& member, packet_channel& channel,
                                          const protocol::greeting& greeting) {
    password_login account;
    account.anonymous = settings.user.empty();
    account.user = account.anonymous ? nobody : std::string_view(settings.user);
    account.password = settings.password;
    account.capabilities = health_capabilities();
    if (channel.stream().is_tls()) account.capabilities |= protocol::client_ssl;
    account.secure = channel.stream().is_tls() || member.address().is_unix();
    auto outcome = co_await log_in_with_password(account, channel, greeting);
    if (outcome.can_switch) member.set_switching(auth_switch::supported);
    if (!outcome.failure.empty())
        outcome.failure.insert(0, account.anonymous ? "health check: " : "health check as health.user: ");
    co_return outcome;
}

awaitable<std::string> finish_health_check(const config::health& settings, aggregator& member, packet_channel& channel,
                                           const protocol::greeting& greeting) {
    auto login = co_await log_in_for_health(settings, member, channel, greeting);
    if (login.accepted) co_await quit(channel);
    co_return std::move(login.failure);
}

}  // namespace portcullis::cluster
