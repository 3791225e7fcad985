#include "proxy/session/refusal.hpp"

#include "protocol/err_packet.hpp"

#include <fmt/format.h>

namespace portcullis::session {
namespace {

struct error {
    std::uint16_t code;
    std::string_view sql_state;
    std::string text;
};

/// Codes, SQLSTATEs and texts: MySQL Error Message Reference, "Server Error Message Reference".
error error_of(refusal why, const refused_client& who) {
    switch (why) {
        case refusal::too_many_connections:
            return {1040, "08004", "Too many connections"};
        case refusal::bad_handshake:
            return {1043, "08S01", "Bad handshake"};
        case refusal::access_denied:
            return {1045, "28000",
                    fmt::format("Access denied for user '{}'@'{}' (using password: {})", who.user, who.host,
                                who.used_password ? "YES" : "NO")};
        case refusal::host_is_blocked:
            return {1129, "HY000", fmt::format("Host '{}' is blocked because of many connection errors", who.host)};
        case refusal::host_not_allowed:
            return {1130, "HY000", fmt::format("Host '{}' is not allowed to connect to this MySQL server", who.host)};
        case refusal::packets_out_of_order:
            return {1156, "08S01", "Got packets out of order"};
        case refusal::too_many_user_connections:
            return {1203, "42000",
                    fmt::format("User {} already has more than 'max_user_connections' active connections", who.user)};
        case refusal::no_plugin_auth:
            return {1251, "08004",
                    "Client does not support authentication protocol requested by server; consider upgrading MySQL "
                    "client"};
        case refusal::client_needs_tls:
            return {1251, "08004",
                    fmt::format("Authentication plugin '{}' requires a secure connection: connect with TLS "
                                "(--ssl-mode=REQUIRED)",
                                who.plugin)};
        case refusal::aggregator_needs_tls:
            return {1251, "08004",
                    fmt::format("Authentication plugin '{}' requires TLS between this server and the cluster (ssl_mode "
                                "of the cluster)",
                                who.plugin)};
        case refusal::logins_suspended:
            return {1105, "HY000", "Logins are not possible at the moment"};
        case refusal::no_aggregator:
            return {who.is_libmariadb ? std::uint16_t{1105} : std::uint16_t{2003}, "HY000",
                    "Can't connect to MySQL server: no member of the cluster can be reached"};
        case refusal::aggregator_lost:
            return {
                1152, "08S01",
                fmt::format("Aborted connection of user '{}' (the cluster closed it during authentication)", who.user)};
        case refusal::secure_transport_required:
            return {3159, "HY000",
                    "Connections using insecure transport are prohibited while --require_secure_transport=ON."};
    }
    return {1105, "HY000", "Unknown error"};
}

}  // namespace

protocol::bytes refusal_payload(refusal why, const refused_client& who, bool greeted) {
    const auto chosen = error_of(why, who);
    protocol::err_packet packet;
    packet.code = chosen.code;
    if (greeted) packet.sql_state = chosen.sql_state;
    packet.message = chosen.text;
    return protocol::serialize_err_packet(packet);
}

std::uint16_t code_of(protocol::bytes_view payload) {
    const auto parsed = protocol::parse_err_packet(payload);
    return parsed ? parsed->code : std::uint16_t{0};
}

}  // namespace portcullis::session
