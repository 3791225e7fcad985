// HandshakeResponses, inside TLS if the first byte is odd: what was read, written for an aggregator, reads the same.
#include "protocol/handshake_response.hpp"
#include "require.hpp"

using namespace portcullis::protocol;

namespace {

bool same(bytes_view a, bytes_view b) {
    return as_text(a) == as_text(b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const bool inside_tls = data[0] & 1;
    auto message = parse_handshake_response({data + 1, size - 1}, inside_tls);
    if (!message) return 0;
    require(inside_tls || !(message->capabilities & client_ssl));
    require(as_text(message->user).find('\0') == std::string_view::npos);
    message->capabilities |= client_secure_connection;  // as towards an aggregator
    const bool lenenc = (message->capabilities & client_plugin_auth_lenenc_data) != 0;
    if (!lenenc && message->auth_response.size() > 255) return 0;
    const bytes wire = serialize_handshake_response(*message);
    const auto again = parse_handshake_response(wire, inside_tls);
    require(again.has_value());
    require(again->capabilities == message->capabilities && again->max_packet_size == message->max_packet_size);
    require(again->character_set == message->character_set && again->zstd_level == message->zstd_level);
    require(same(again->user, message->user) && same(again->auth_response, message->auth_response));
    require(same(again->database, message->database) && same(again->auth_plugin, message->auth_plugin));
    require(same(again->connect_attributes, message->connect_attributes));
    return 0;
}
