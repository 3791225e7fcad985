#include "proxy/session/login_messages.hpp"

#include "protocol/auth_plugin.hpp"
#include "protocol/command.hpp"
#include "protocol/handshake_response.hpp"
#include "protocol/user_name.hpp"
#include "proxy/session/gate_attributes.hpp"

namespace portcullis::session {

protocol::bytes handshake_response_payload(const state& s, std::string_view plugin,
                                           protocol::bytes_view auth_response) {
    protocol::handshake_response response;
    response.capabilities =
        protocol::sent_to_aggregator(s.who.capabilities, s.offered, s.server->channel->stream().is_tls());
    response.max_packet_size = s.who.max_packet_size;
    response.character_set = static_cast<std::uint8_t>(s.who.character_set);
    const auto user = protocol::in_handshake_response(s.who.user);
    response.user = protocol::as_bytes(user);
    response.auth_response = auth_response;
    response.database = protocol::as_bytes(s.who.database);
    response.auth_plugin = protocol::as_bytes(plugin);
    const auto attributes = attributes_for_aggregator(s);
    response.capabilities |= attributes_flag(s) & s.server->greeting.capabilities;
    response.connect_attributes = attributes;
    return protocol::serialize_handshake_response(response);
}

protocol::bytes change_user_payload(const state& s) {
    protocol::change_user message;
    message.user = protocol::as_bytes(s.who.user);
    message.database = protocol::as_bytes(s.who.database);
    message.character_set = s.who.character_set;
    message.auth_plugin = protocol::as_bytes(protocol::forced_switch_plugin);
    const auto attributes = attributes_for_aggregator(s);
    message.connect_attributes = attributes;
    // As in the HandshakeResponse: the aggregator's leg has PLUGIN_AUTH, whatever the client's has.
    const auto added = protocol::client_plugin_auth | (attributes_flag(s) & s.server->greeting.capabilities);
    return protocol::serialize_change_user(message, s.who.capabilities | added);
}

}  // namespace portcullis::session
