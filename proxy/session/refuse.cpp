#include "proxy/session/refuse.hpp"

#include "protocol/connect_attributes.hpp"
#include "proxy/net/error.hpp"

namespace portcullis::session {

using observe::cause;

net::awaitable<step> refuse(state& s, refusal why, ending end) {
    const auto host = s.from.host();
    refused_client who;
    who.user = s.who.user;
    who.host = host;
    who.used_password = s.who.used_password;
    who.is_libmariadb = protocol::find_connect_attribute(s.who.connect_attributes, "_client_name") == "libmariadb";
    const auto payload = refusal_payload(why, who, s.greeted);
    s.error_code = code_of(payload);
    [[maybe_unused]] const auto best_effort = co_await s.client.write(payload);
    co_return std::move(end);
}

cause cause_of(const net::error_code& error) {
    if (error.category() == protocol::category()) return cause::protocol_error;
    if (net::is_end(error)) return cause::closed;
    if (error.category() == net::category()) return cause::tls_failed;
    return cause::reset;
}

net::awaitable<step> client_failed(state& s, observe::phase phase, net::error_code error) {
    ending end{{observe::side::client, phase, cause_of(error)}, error.message()};
    if (end.why.cause == cause::tls_failed) end.detail += ": " + s.client.stream().failure();
    if (end.why.cause != cause::protocol_error) co_return std::move(end);
    auto why = refusal::bad_handshake;
    if (error == protocol::errc::bad_sequence_id) why = refusal::packets_out_of_order;
    if (error == protocol::errc::no_plugin_auth) why = refusal::no_plugin_auth;
    co_return co_await refuse(s, why, std::move(end));
}

}  // namespace portcullis::session
