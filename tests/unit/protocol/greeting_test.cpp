#include "protocol/greeting.hpp"

#include "captures/hex.hpp"
#include "captures/servers.hpp"
#include "every_cut.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

using captures::from_hex;

greeting sample(capability_flags capabilities) {
    greeting message;
    message.server_version = "8.4.0";
    message.connection_id = 0x41234567;
    message.scramble.assign(20, 'x');
    message.capabilities = capabilities | client_protocol_41 | client_secure_connection;
    message.character_set = 45;
    message.status_flags = 2;
    if (capabilities & client_plugin_auth) message.auth_plugin = "mysql_native_password";
    return message;
}

std::string scramble_of(const greeting& message) {
    return std::string(as_text(message.scramble));
}

TEST(greeting, of_mariadb_carries_its_extended_capabilities) {
    const auto message = parse_greeting(from_hex(captures::mariadb_greeting)).value();
    EXPECT_EQ(message.server_version, "5.5.5-10.11.19-MariaDB-0+deb12u1");
    EXPECT_EQ(message.connection_id, 3U);
    EXPECT_EQ(scramble_of(message), "Se~m)\"l{H5lEQFK&zX(]");
    EXPECT_EQ(message.capabilities, 0x1d'81ff'fffeULL);
    EXPECT_TRUE(message.capabilities & mariadb_stmt_bulk_operations);
    EXPECT_EQ(message.character_set, 8);
    EXPECT_EQ(message.status_flags, 2);
    EXPECT_EQ(message.auth_plugin, "mysql_native_password");
}

TEST(greeting, of_mysql_lts_has_32_capabilities) {
    const auto message = parse_greeting(from_hex(captures::mysql_lts_greeting)).value();
    EXPECT_EQ(message.server_version, "9.7.4-2");
    EXPECT_EQ(message.connection_id, 13U);
    EXPECT_EQ(message.scramble.size(), 20U);
    EXPECT_EQ(message.capabilities, 0xdfff'ffffU);
    EXPECT_EQ(message.character_set, 0xff);
    EXPECT_EQ(message.auth_plugin, "caching_sha2_password");
}

TEST(greeting, of_mysql_5_6_offers_no_tls_when_it_has_none) {
    const auto message = parse_greeting(from_hex(captures::mysql_5_6_greeting)).value();
    EXPECT_EQ(message.server_version, "5.6.24");
    EXPECT_EQ(scramble_of(message), "PmR3FFmqp^gj]rGJ}Z+e");
    EXPECT_FALSE(message.capabilities & client_ssl);
    EXPECT_TRUE(message.capabilities & client_plugin_auth);
}

TEST(greeting, is_written_as_real_servers_write_it) {
    for (const auto text : {captures::mariadb_greeting, captures::mysql_lts_greeting, captures::mysql_5_6_greeting}) {
        const bytes wire = from_hex(text);
        EXPECT_EQ(serialize_greeting(parse_greeting(wire).value()), wire);
    }
}

TEST(greeting, survives_being_written_and_read) {
    for (const capability_flags flags :
         {capability_flags{0}, capability_flags{client_long_password}, client_plugin_auth | client_ssl,
          client_plugin_auth | mariadb_progress, client_long_password | client_plugin_auth | client_deprecate_eof}) {
        const auto message = sample(flags);
        EXPECT_EQ(parse_greeting(serialize_greeting(message)).value(), message) << flags;
    }
}

TEST(greeting, of_a_mysql_server_has_no_extended_capabilities_whatever_is_in_the_filler) {
    bytes wire = serialize_greeting(sample(client_long_password));
    wire[1 + 6 + 4 + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 6] = 0xff;
    EXPECT_EQ(parse_greeting(wire).value().capabilities >> 32, 0U);
}

TEST(greeting, does_not_write_extended_capabilities_beside_long_password) {
    const auto wire = serialize_greeting(sample(client_long_password | mariadb_progress));
    EXPECT_EQ(parse_greeting(wire).value().capabilities & mariadb_progress, 0U);
}

TEST(greeting, of_mysql_5_5_may_lack_the_nul_behind_the_plugin_name) {
    auto message = sample(client_plugin_auth);
    bytes wire = serialize_greeting(message);
    wire.pop_back();
    EXPECT_EQ(parse_greeting(wire).value(), message);
}

TEST(greeting, may_lack_the_nul_behind_the_scramble) {
    const auto message = sample(0);
    bytes wire = serialize_greeting(message);
    wire.pop_back();
    EXPECT_EQ(parse_greeting(wire).value(), message);
    wire.pop_back();
    EXPECT_EQ(parse_greeting(wire).error(), errc::truncated);
}

TEST(greeting, scramble_length_never_means_less_than_13_bytes_behind_the_first_8) {
    for (const int announced : {0, 1, 8, 20, 21}) {
        auto message = sample(client_plugin_auth);
        bytes wire = serialize_greeting(message);
        wire[1 + 6 + 4 + 8 + 1 + 2 + 1 + 2 + 2] = static_cast<std::uint8_t>(announced);
        EXPECT_EQ(parse_greeting(wire).value(), message) << announced;
    }
}

TEST(greeting, scramble_length_beyond_the_payload_is_an_error) {
    bytes wire = serialize_greeting(sample(client_plugin_auth));
    wire[1 + 6 + 4 + 8 + 1 + 2 + 1 + 2 + 2] = 0xff;
    EXPECT_EQ(parse_greeting(wire).error(), errc::truncated);
}

TEST(greeting, longer_auth_data_is_cut_to_a_scramble_of_20) {
    auto message = sample(client_plugin_auth);
    message.scramble.assign(32, 'x');
    const auto read = parse_greeting(serialize_greeting(message)).value();
    EXPECT_EQ(read.scramble, bytes(20, 'x'));
    EXPECT_EQ(read.auth_plugin, "mysql_native_password");
}

TEST(greeting, without_secure_connection_has_a_scramble_of_8) {
    auto message = sample(0);
    message.capabilities = client_protocol_41;
    const auto read = parse_greeting(serialize_greeting(message)).value();
    EXPECT_EQ(read.scramble.size(), 8U);
    EXPECT_EQ(read.auth_plugin, "");
}

TEST(greeting, of_another_protocol_is_refused) {
    EXPECT_EQ(parse_greeting({}).error(), errc::truncated);
    EXPECT_EQ(parse_greeting(from_hex("09352e3000")).error(), errc::unsupported_protocol);
    EXPECT_EQ(parse_greeting(from_hex("ff1004")).error(), errc::not_a_greeting);
    EXPECT_EQ(parse_greeting(as_bytes("SSH-2.0-OpenSSH_9.2")).error(), errc::not_a_greeting);
    EXPECT_EQ(parse_greeting(as_bytes("\x0a"
                                      "5.0"))
                  .error(),
              errc::missing_terminator);
}

TEST(greeting, of_a_server_before_4_1_is_refused) {
    auto message = sample(0);
    message.capabilities = client_long_password;
    EXPECT_EQ(parse_greeting(serialize_greeting(message)).error(), errc::unsupported_protocol);
}

TEST(greeting, cut_anywhere_is_a_value_or_an_error) {
    for (const auto text : {captures::mariadb_greeting, captures::mysql_lts_greeting, captures::mysql_5_6_greeting}) {
        const bytes wire = from_hex(text);
        const auto plugin = parse_greeting(wire).value().auth_plugin;
        // The plugin name may end without its NUL, so only cuts before it are seen; so is one missing scramble NUL.
        EXPECT_EQ(refused_cuts(wire, [](bytes_view cut) { return parse_greeting(cut); }),
                  wire.size() - plugin.size() - 2);
    }
}

TEST(greeting, writes_no_nul_inside_the_version) {
    auto message = sample(0);
    message.server_version = std::string("8.4\0evil", 8);
    EXPECT_EQ(parse_greeting(serialize_greeting(message)).value().server_version, "8.4");
}

}  // namespace
}  // namespace portcullis::protocol
