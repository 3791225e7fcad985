#include "protocol/command.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

namespace portcullis::protocol {
namespace {

constexpr auto change_user_byte = static_cast<std::uint8_t>(command::change_user);

}  // namespace

// Servers never read the auth response length-encoded here, whatever PLUGIN_AUTH_LENENC_DATA says. A packet that ends
// behind the database is whole: clients before 5.1 send no character set, those before 5.5 no plugin.
result<change_user> parse_change_user(bytes_view payload, capability_flags capabilities) {
    if (payload.empty()) return errc::truncated;
    if (payload.front() != change_user_byte) return errc::unexpected_message;
    reader in(payload.subspan(1));
    change_user message;
    message.user = in.nul_string();
    message.auth_response = capabilities & client_secure_connection ? in.int1_string() : in.nul_string();
    if (!in.error() && in.at_end()) return errc::truncated;
    message.database = in.nul_string_or_rest();
    if (!in.at_end()) message.character_set = in.int2();
    if (capabilities & client_plugin_auth) message.auth_plugin = in.nul_string_or_rest();
    if ((capabilities & client_connect_attrs) && !in.at_end()) message.connect_attributes = in.lenenc_string();
    if (in.error()) return in.error();
    return message;
}

bytes serialize_change_user(const change_user& message, capability_flags capabilities) {
    writer out;
    out.int1(change_user_byte);
    out.nul_string(message.user);
    if (capabilities & client_secure_connection) {
        out.int1_string(message.auth_response);
    } else {
        out.nul_string(message.auth_response);
    }
    out.nul_string(message.database);
    out.int2(message.character_set);
    if (capabilities & client_plugin_auth) out.nul_string(message.auth_plugin);
    if (capabilities & client_connect_attrs) out.lenenc_string(message.connect_attributes);
    return out.take();
}

}  // namespace portcullis::protocol
