#include "protocol/handshake_response.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

namespace portcullis::protocol {
namespace {

constexpr std::size_t filler_size = 19;  // and four bytes more, which MariaDB's clients fill with their extended bits

// The first 32 bytes, which SSLRequest and HandshakeResponse share.
ssl_request read_fixed_part(reader& in) {
    ssl_request fixed;
    fixed.capabilities = in.int4();
    fixed.max_packet_size = in.int4();
    fixed.character_set = in.int1();
    in.skip(filler_size);
    const capability_flags extended = in.int4();
    if (!(fixed.capabilities & client_long_password)) fixed.capabilities |= extended << 32;
    return fixed;
}

void write_fixed_part(writer& out, const ssl_request& fixed) {
    const bool mariadb = !(fixed.capabilities & client_long_password);
    out.int4(static_cast<std::uint32_t>(fixed.capabilities));
    out.int4(fixed.max_packet_size);
    out.int1(fixed.character_set);
    out.zeros(filler_size);
    out.int4(mariadb ? static_cast<std::uint32_t>(fixed.capabilities >> 32) : 0U);
}

bytes_view read_auth_response(reader& in, capability_flags capabilities) {
    if (capabilities & client_plugin_auth_lenenc_data) return in.lenenc_string();
    if (capabilities & client_secure_connection) return in.int1_string();
    return in.nul_string();
}

// Fields behind the auth response: absent ones are empty, as servers read them.
void read_optional_part(reader& in, handshake_response& message) {
    const capability_flags capabilities = message.capabilities;
    if (capabilities & client_connect_with_db) message.database = in.nul_string_or_rest();
    if (capabilities & client_plugin_auth) message.auth_plugin = in.nul_string_or_rest();
    if ((capabilities & client_connect_attrs) && !in.at_end()) message.connect_attributes = in.lenenc_string();
    if ((capabilities & client_zstd_compression) && !in.at_end()) message.zstd_level = in.int1();
}

}  // namespace

result<first_packet> classify_first_packet(bytes_view payload) {
    reader in(payload);
    const capability_flags capabilities = in.int4();
    if (in.error()) return in.error();
    if (!(capabilities & client_protocol_41)) return errc::unsupported_protocol;
    const bool exact = payload.size() == ssl_request_size;
    if (capabilities & client_ssl) {
        if (!exact) return errc::ssl_request_incomplete;
        return first_packet::ssl_request;
    }
    if (exact) return errc::ssl_request_without_flag;
    if (payload.size() < ssl_request_size) return errc::truncated;
    return first_packet::handshake_response;
}

result<ssl_request> parse_ssl_request(bytes_view payload) {
    const result<first_packet> kind = classify_first_packet(payload);
    if (!kind) return kind.error();
    if (*kind != first_packet::ssl_request) return errc::unexpected_message;
    reader in(payload);
    return read_fixed_part(in);
}

result<handshake_response> parse_handshake_response(bytes_view payload, bool inside_tls) {
    reader in(payload);
    const ssl_request fixed = read_fixed_part(in);
    if (in.error()) return in.error();
    if (!(fixed.capabilities & client_protocol_41)) return errc::unsupported_protocol;
    if (fixed.capabilities & client_ssl) {
        if (!inside_tls) return errc::ssl_request_incomplete;
        if (payload.size() == ssl_request_size) return errc::second_ssl_request;
    }
    if (!(fixed.capabilities & (client_plugin_auth | client_secure_connection))) return errc::no_plugin_auth;
    handshake_response message;
    message.capabilities = fixed.capabilities;
    message.max_packet_size = fixed.max_packet_size;
    message.character_set = fixed.character_set;
    message.user = in.nul_string();
    message.auth_response = read_auth_response(in, fixed.capabilities);
    read_optional_part(in, message);
    if (in.error()) return in.error();
    return message;
}

bytes serialize_ssl_request(const ssl_request& message) {
    writer out;
    write_fixed_part(out, message);
    return out.take();
}

bytes serialize_handshake_response(const handshake_response& message) {
    const capability_flags capabilities = message.capabilities;
    writer out;
    write_fixed_part(out, {capabilities, message.max_packet_size, message.character_set});
    out.nul_string(message.user);
    if (capabilities & client_plugin_auth_lenenc_data) {
        out.lenenc_string(message.auth_response);
    } else {
        out.int1_string(message.auth_response);
    }
    if (capabilities & client_connect_with_db) out.nul_string(message.database);
    if (capabilities & client_plugin_auth) out.nul_string(message.auth_plugin);
    if (capabilities & client_connect_attrs) out.lenenc_string(message.connect_attributes);
    if (capabilities & client_zstd_compression) out.int1(message.zstd_level);
    return out.take();
}

}  // namespace portcullis::protocol
