#include "login/messages.hpp"

#include "login/stage.hpp"
#include "protocol/auth_messages.hpp"
#include "protocol/command.hpp"
#include "protocol/err_packet.hpp"
#include "protocol/greeting.hpp"
#include "protocol/handshake_response.hpp"

#include <array>
#include <string>

namespace portcullis::fuzzing {
namespace {

using protocol::bytes;
using protocol::bytes_view;
using protocol::capability_flags;

constexpr capability_flags base_flags = protocol::client_protocol_41 | protocol::client_secure_connection |
                                        protocol::client_long_password | protocol::client_transactions;

/// What the bits of login()'s flags stand for; the third one is cleared, the others are set.
constexpr std::array<capability_flags, 8> flag_bits{
    protocol::client_compress,        protocol::client_zstd_compression,
    protocol::client_plugin_auth,     protocol::client_local_files,
    protocol::client_connect_with_db, protocol::client_connect_attrs,
    protocol::client_deprecate_eof,   protocol::client_query_attributes | protocol::client_plugin_auth_lenenc_data};

constexpr std::array<std::uint16_t, 6> error_codes{1045, 1698, 1040, 1129, 1251, 65535};

template <class T, std::size_t N>
const T& pick(const std::array<T, N>& from, std::uint8_t choice) {
    return from[choice % N];
}

bytes command_of(protocol::command which, std::string_view rest) {
    bytes payload{static_cast<std::uint8_t>(which)};
    payload.insert(payload.end(), rest.begin(), rest.end());
    return payload;
}

}  // namespace

bytes scramble() {
    return bytes(20, 'b');
}

std::string_view user_name(std::uint8_t choice) {
    static constexpr std::array<std::string_view, 7> names{"app", "other",   ssl_user, x509_user,
                                                           "",    "secret ", "SECRET"};
    return pick(names, choice);
}

std::string_view plugin_name(std::uint8_t choice) {
    static constexpr std::array<std::string_view, 7> names{"mysql_native_password",
                                                           "caching_sha2_password",
                                                           "sha256_password",
                                                           "client_ed25519",
                                                           "mysql_clear_password",
                                                           "dialog",
                                                           ""};
    return pick(names, choice);
}

bytes login(std::string_view user, std::uint8_t flags) {
    protocol::handshake_response message;
    message.capabilities = base_flags | protocol::client_plugin_auth;
    for (std::size_t i = 0; i < flag_bits.size(); ++i)
        if ((flags >> i & 1U) != 0) message.capabilities ^= flag_bits[i];
    message.max_packet_size = 1U << 24U;
    message.character_set = 45;
    message.user = protocol::as_bytes(user);
    const bytes proof(20, 'p');
    message.auth_response = proof;
    message.database = protocol::as_bytes("test");
    message.auth_plugin = protocol::as_bytes("mysql_native_password");
    message.connect_attributes = protocol::as_bytes("\x0c_client_name\x0alibmariadb");
    message.zstd_level = 3;
    return protocol::serialize_handshake_response(message);
}

bytes change_user(std::string_view user, capability_flags negotiated) {
    protocol::change_user message;
    message.user = protocol::as_bytes(user);
    message.database = protocol::as_bytes("test");
    message.character_set = 45;
    message.auth_plugin = protocol::as_bytes("mysql_native_password");
    message.connect_attributes = protocol::as_bytes("\x03_os\x05Linux");
    return protocol::serialize_change_user(message, negotiated);
}

bytes query(bytes_view text, capability_flags negotiated) {
    auto payload = command_of(protocol::command::query, {});
    if ((negotiated & protocol::client_query_attributes) != 0) payload.insert(payload.end(), {0, 1});
    payload.insert(payload.end(), text.begin(), text.end());
    return payload;
}

bytes kill(std::uint8_t choice, capability_flags negotiated) {
    static constexpr std::array targets{client_id, apps_other_id, strangers_id, client_id + 1};
    const auto id = pick(targets, choice);
    if ((choice >> 2U & 3U) == 3) {
        bytes payload{static_cast<std::uint8_t>(protocol::command::process_kill)};
        for (unsigned shift = 0; shift < 32; shift += 8) payload.push_back(static_cast<std::uint8_t>(id >> shift));
        return payload;
    }
    static constexpr std::array<std::string_view, 3> forms{"KILL ", "KILL QUERY ",
                                                           "/* of a driver */ kill connection "};
    const auto text = std::string(forms[choice >> 2U & 3U]) + std::to_string(id);
    return query(protocol::as_bytes(text), negotiated);
}

bytes ssl_request() {
    protocol::ssl_request message;
    message.capabilities = base_flags | protocol::client_ssl;
    message.max_packet_size = 1U << 24U;
    message.character_set = 45;
    return protocol::serialize_ssl_request(message);
}

bytes greeting(std::uint8_t choice) {
    protocol::greeting message;
    message.server_version = "8.0.0-fuzz";
    message.connection_id = (choice & 4U) != 0 ? client_id + 7 : 42;
    message.scramble = bytes(20, 'a');
    message.capabilities = 0xffffffffU & ~protocol::client_ssl;
    if ((choice & 8U) != 0) message.capabilities &= ~(protocol::client_connect_attrs | protocol::client_transactions);
    message.character_set = 45;
    message.auth_plugin = plugin_name(choice & 3U);
    return protocol::serialize_greeting(message);
}

bytes auth_switch(std::uint8_t choice) {
    auto data = scramble();
    data.push_back(0);
    return protocol::serialize_auth_switch_request({plugin_name(choice), data});
}

bytes more_data(bytes_view data) {
    bytes payload{1};
    payload.insert(payload.end(), data.begin(), data.end());
    return payload;
}

bytes ok(std::uint8_t status) {
    return {0, 0, 0, status, 0, 0, 0};
}

bytes eof(std::uint8_t status) {
    return {0xfe, 0, 0, status, 0};
}

bytes err(std::uint8_t choice) {
    return protocol::serialize_err_packet({pick(error_codes, choice), "28000", "of an aggregator"});
}

bytes prepared(std::uint8_t parameters, std::uint8_t columns) {
    return {0, 1, 0, 0, 0, columns, 0, parameters, 0, 0, 0, 0};
}

}  // namespace portcullis::fuzzing
