#include "protocol/command.hpp"

#include "captures/change_users.hpp"
#include "captures/hex.hpp"
#include "every_cut.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace portcullis::protocol {
namespace {

using captures::from_hex;
using namespace std::string_literals;

constexpr capability_flags bare = client_protocol_41 | client_secure_connection;
constexpr capability_flags modern = bare | client_plugin_auth | client_connect_attrs;

bytes wire(const std::string& text) {
    return bytes(text.begin(), text.end());
}

TEST(change_user, of_libmariadb_without_a_password_is_read) {
    const bytes payload = from_hex(captures::libmariadb_change_user_blank);
    const auto message = parse_change_user(payload, modern).value();
    EXPECT_EQ(as_text(message.user), "blank");
    EXPECT_TRUE(message.auth_response.empty());
    EXPECT_EQ(as_text(message.database), "app");
    EXPECT_EQ(message.character_set, 45);
    EXPECT_EQ(as_text(message.auth_plugin), "mysql_native_password");
    EXPECT_NE(as_text(message.connect_attributes).find("libmariadb"), std::string_view::npos);
}

TEST(change_user, of_libmariadb_with_a_password_is_read) {
    const bytes payload = from_hex(captures::libmariadb_change_user_password);
    const auto message = parse_change_user(payload, modern).value();
    EXPECT_EQ(as_text(message.user), "app");
    EXPECT_EQ(message.auth_response.size(), 20U);
    EXPECT_EQ(as_text(message.database), "");
}

TEST(change_user, of_mysql2_has_empty_attributes) {
    const bytes payload = from_hex(captures::mysql2_change_user);
    const auto message = parse_change_user(payload, modern).value();
    EXPECT_EQ(as_text(message.user), "blank");
    EXPECT_EQ(message.character_set, 224);
    EXPECT_EQ(as_text(message.auth_plugin), "mysql_native_password");
    EXPECT_TRUE(message.connect_attributes.empty());
}

TEST(change_user, is_written_as_drivers_write_it) {
    for (const auto text : {captures::libmariadb_change_user_blank, captures::libmariadb_change_user_password,
                            captures::mysql2_change_user}) {
        const bytes payload = from_hex(text);
        EXPECT_EQ(serialize_change_user(parse_change_user(payload, modern).value(), modern), payload);
    }
}

TEST(change_user, may_end_behind_the_database) {
    for (const auto& text : {"\x11u\0\0db\0"s, "\x11u\0\0db"s}) {
        const bytes payload = wire(text);
        const auto message = parse_change_user(payload, modern).value();
        EXPECT_EQ(as_text(message.database), "db");
        EXPECT_EQ(message.character_set, 0);
        EXPECT_EQ(as_text(message.auth_plugin), "");
    }
}

TEST(change_user, may_end_behind_the_character_set) {
    const bytes payload = wire("\x11u\0\0db\0\x2d\x01"s);
    EXPECT_EQ(parse_change_user(payload, modern).value().character_set, 0x12d);
}

TEST(change_user, may_end_inside_the_plugin_name) {
    const bytes payload = wire("\x11u\0\0db\0\x2d\0plugin"s);
    EXPECT_EQ(as_text(parse_change_user(payload, modern).value().auth_plugin), "plugin");
}

TEST(change_user, without_a_database_field_is_truncated) {
    EXPECT_EQ(parse_change_user(wire("\x11u\0\0"s), modern).error(), errc::truncated);
    EXPECT_EQ(parse_change_user(wire("\x11u\0\x02pw"s), modern).error(), errc::truncated);
    EXPECT_EQ(parse_change_user(wire("\x11u\0"s), modern).error(), errc::truncated);
    EXPECT_EQ(parse_change_user(wire("\x11u\0\0db\0\x2d"s), modern).error(), errc::truncated);
}

TEST(change_user, without_a_terminated_user_is_refused) {
    EXPECT_EQ(parse_change_user(wire("\x11user"s), modern).error(), errc::missing_terminator);
    EXPECT_EQ(parse_change_user(wire("\x11"s), modern).error(), errc::missing_terminator);
}

TEST(change_user, is_not_read_from_another_command) {
    EXPECT_EQ(parse_change_user({}, modern).error(), errc::truncated);
    EXPECT_EQ(parse_change_user(wire("\x03u\0\0db\0"s), modern).error(), errc::unexpected_message);
}

TEST(change_user, auth_response_has_at_most_255_bytes_and_never_a_lenenc_length) {
    for (const std::size_t size : {250U, 251U, 252U, 254U, 255U}) {
        const std::string auth(size, 'p');
        const bytes payload = wire("\x11u\0"s + static_cast<char>(size) + auth + "db\0"s);
        const auto message = parse_change_user(payload, modern | client_plugin_auth_lenenc_data).value();
        EXPECT_EQ(as_text(message.auth_response), auth);
        EXPECT_EQ(as_text(message.database), "db");
    }
    EXPECT_EQ(parse_change_user(wire("\x11u\0\xff"s + std::string(254, 'p')), modern).error(), errc::bad_length);
}

TEST(change_user, auth_response_is_nul_terminated_without_secure_connection) {
    const bytes payload = wire("\x11u\0pw\0db\0"s);
    const auto message = parse_change_user(payload, client_protocol_41).value();
    EXPECT_EQ(as_text(message.auth_response), "pw");
    EXPECT_EQ(as_text(message.database), "db");
    EXPECT_EQ(parse_change_user(wire("\x11u\0pw"s), client_protocol_41).error(), errc::missing_terminator);
}

TEST(change_user, attributes_beyond_the_payload_are_a_bad_length) {
    EXPECT_EQ(parse_change_user(wire("\x11u\0\0db\0\x2d\0plugin\0\x04key"s), modern).error(), errc::bad_length);
    EXPECT_EQ(parse_change_user(wire("\x11u\0\0db\0\x2d\0plugin\0\xfb"s), modern).error(), errc::bad_length);
}

TEST(change_user, has_plugin_and_attributes_only_as_negotiated) {
    change_user message;
    message.user = as_bytes("u");
    message.auth_plugin = as_bytes("plugin");
    message.connect_attributes = as_bytes("key");
    EXPECT_EQ(serialize_change_user(message, bare), wire("\x11u\0\0\0\0\0"s));
    EXPECT_EQ(serialize_change_user(message, bare | client_plugin_auth), wire("\x11u\0\0\0\0\0plugin\0"s));
    EXPECT_EQ(serialize_change_user(message, bare | client_connect_attrs), wire("\x11u\0\0\0\0\0\x03key"s));
}

TEST(change_user, cut_anywhere_is_a_value_or_an_error) {
    for (const auto text : {captures::libmariadb_change_user_password, captures::mysql2_change_user}) {
        for (const auto flags : {client_protocol_41, bare, modern})
            refused_cuts(from_hex(text), [flags](bytes_view cut) { return parse_change_user(cut, flags); });
    }
}

TEST(change_user, survives_being_written_and_read) {
    std::mt19937 random(2);
    const auto text = [&](std::size_t limit, unsigned lowest) {
        std::string out(random() % (limit + 1), ' ');
        for (char& c : out) c = static_cast<char>(lowest + random() % (256 - lowest));
        return out;
    };
    for (int round = 0; round < 2000; ++round) {
        const capability_flags flags = random();
        const bool binary = (flags & client_secure_connection) != 0;
        const auto user = text(90, 1), auth = text(255, binary ? 0 : 1), database = text(70, 1), plugin = text(30, 1);
        const auto attributes = text(300, 0);
        change_user message;
        message.user = as_bytes(user);
        message.auth_response = as_bytes(auth);
        message.database = as_bytes(database);
        message.character_set = static_cast<std::uint16_t>(random());
        if (flags & client_plugin_auth) message.auth_plugin = as_bytes(plugin);
        if (flags & client_connect_attrs) message.connect_attributes = as_bytes(attributes);
        const bytes payload = serialize_change_user(message, flags);
        const auto read = parse_change_user(payload, flags).value();
        ASSERT_EQ(as_text(read.user), user);
        ASSERT_EQ(as_text(read.auth_response), auth);
        ASSERT_EQ(as_text(read.database), database);
        ASSERT_EQ(read.character_set, message.character_set);
        ASSERT_EQ(as_text(read.auth_plugin), as_text(message.auth_plugin));
        ASSERT_EQ(as_text(read.connect_attributes), as_text(message.connect_attributes));
    }
}

}  // namespace
}  // namespace portcullis::protocol
