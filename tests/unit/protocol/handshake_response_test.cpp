#include "protocol/handshake_response.hpp"

#include "captures/clients.hpp"
#include "captures/hex.hpp"
#include "every_cut.hpp"

#include <gtest/gtest.h>

#include <random>

namespace portcullis::protocol {
namespace {

using captures::from_hex;

constexpr capability_flags modern = client_long_password | client_protocol_41 | client_secure_connection |
                                    client_plugin_auth | client_plugin_auth_lenenc_data;

struct driver {
    std::string_view ssl_request, in_tls, attribute;
    bool database;
};
const driver drivers[] = {
    {captures::mariadb_client_to_mariadb_ssl_request, captures::mariadb_client_to_mariadb_in_tls, "libmariadb", true},
    {captures::mysql_client_to_mariadb_ssl_request, captures::mysql_client_to_mariadb_in_tls, "libmysql", true},
    {captures::pymysql_to_mariadb_ssl_request, captures::pymysql_to_mariadb_in_tls, "pymysql", false},
    {captures::mysql2_to_mariadb_ssl_request, captures::mysql2_to_mariadb_in_tls, "Node-MySQL-2", true},
    {captures::mariadb_client_to_mysql_lts_ssl_request, captures::mariadb_client_to_mysql_lts_in_tls, "libmariadb",
     true},
    {captures::mysql_client_to_mysql_lts_ssl_request, captures::mysql_client_to_mysql_lts_in_tls, "libmysql", true},
    {captures::pymysql_to_mysql_lts_ssl_request, captures::pymysql_to_mysql_lts_in_tls, "pymysql", false},
    {captures::mysql2_to_mysql_lts_ssl_request, captures::mysql2_to_mysql_lts_in_tls, "Node-MySQL-2", true},
};
const std::string_view plaintext[] = {captures::mariadb_client_plaintext, captures::mysql_client_blank_password,
                                      captures::pymysql_to_5_6_plaintext, captures::mysql2_to_5_6_plaintext};

bytes fixed_part(capability_flags capabilities) {
    return serialize_ssl_request({capabilities, 1U << 24, 45});
}
bytes response(capability_flags capabilities, std::string_view rest) {
    bytes payload = fixed_part(capabilities);
    payload.insert(payload.end(), rest.begin(), rest.end());
    return payload;
}
error_code refusal_of(bytes_view payload, bool inside_tls = false) {
    const auto message = parse_handshake_response(payload, inside_tls);
    return message ? error_code() : message.error();
}

TEST(ssl_request, of_every_driver_is_recognised_and_written_alike) {
    for (const auto& driver : drivers) {
        const bytes wire = from_hex(driver.ssl_request);
        EXPECT_EQ(classify_first_packet(wire).value(), first_packet::ssl_request);
        const auto message = parse_ssl_request(wire).value();
        EXPECT_TRUE(message.capabilities & client_ssl);
        EXPECT_EQ(serialize_ssl_request(message), wire);
    }
}

TEST(ssl_request, of_a_mariadb_driver_has_extended_capabilities) {
    const bytes wire = from_hex(captures::mariadb_client_to_mariadb_ssl_request);
    EXPECT_EQ(parse_ssl_request(wire).value().capabilities, 0x1d'00bf'aa8cULL);
}

TEST(ssl_request, is_client_ssl_and_exactly_32_bytes) {
    EXPECT_EQ(classify_first_packet(fixed_part(modern)).error(), errc::ssl_request_without_flag);
    EXPECT_EQ(classify_first_packet(response(modern | client_ssl, "x")).error(), errc::ssl_request_incomplete);
    bytes short_one = fixed_part(modern | client_ssl);
    short_one.pop_back();
    EXPECT_EQ(classify_first_packet(short_one).error(), errc::ssl_request_incomplete);
    short_one.resize(4);
    EXPECT_EQ(classify_first_packet(short_one).error(), errc::ssl_request_incomplete);
    short_one.resize(3);
    EXPECT_EQ(classify_first_packet(short_one).error(), errc::truncated);
    EXPECT_EQ(parse_ssl_request(response(modern, "user")).error(), errc::unexpected_message);
}

TEST(ssl_request, of_a_client_before_4_1_is_refused) {
    EXPECT_EQ(classify_first_packet(fixed_part(client_ssl)).error(), errc::unsupported_protocol);
    EXPECT_EQ(classify_first_packet(from_hex("850500000061707000")).error(), errc::unsupported_protocol);
}

TEST(first_packet, without_client_ssl_is_a_handshake_response) {
    for (const auto text : plaintext)
        EXPECT_EQ(classify_first_packet(from_hex(text)).value(), first_packet::handshake_response);
    bytes cut = from_hex(captures::mysql_client_blank_password);
    cut.resize(31);
    EXPECT_EQ(classify_first_packet(cut).error(), errc::truncated);
}

TEST(handshake_response, of_every_driver_inside_tls_is_read) {
    for (const auto& driver : drivers) {
        const bytes wire = from_hex(driver.in_tls);
        const auto message = parse_handshake_response(wire, true).value();
        EXPECT_EQ(as_text(message.user), "app");
        EXPECT_EQ(as_text(message.database), driver.database ? "app" : "");
        const bool sha2 = as_text(message.auth_plugin) == "caching_sha2_password";
        EXPECT_EQ(message.auth_response.size(), sha2 ? 32U : 20U);
        EXPECT_NE(as_text(message.connect_attributes).find(driver.attribute), std::string_view::npos);
        EXPECT_EQ(message.capabilities, parse_ssl_request(from_hex(driver.ssl_request)).value().capabilities);
    }
}

TEST(handshake_response, of_every_driver_is_written_alike) {
    for (const auto& driver : drivers) {
        const bytes wire = from_hex(driver.in_tls);
        EXPECT_EQ(serialize_handshake_response(parse_handshake_response(wire, true).value()), wire);
    }
    for (const auto text : plaintext) {
        const bytes wire = from_hex(text);
        EXPECT_EQ(serialize_handshake_response(parse_handshake_response(wire, false).value()), wire);
    }
}

TEST(handshake_response, with_a_blank_password_has_the_one_nul_of_caching_sha2) {
    const bytes wire = from_hex(captures::mysql_client_blank_password);
    const auto message = parse_handshake_response(wire, false).value();
    EXPECT_EQ(as_text(message.user), "blank");
    EXPECT_EQ(bytes(message.auth_response.begin(), message.auth_response.end()), bytes{0});
    EXPECT_TRUE(message.database.empty());
}

TEST(handshake_response, with_client_ssl_in_plaintext_is_refused_however_long) {
    for (const auto& driver : drivers) {
        EXPECT_EQ(refusal_of(from_hex(driver.in_tls)), errc::ssl_request_incomplete);
        EXPECT_EQ(refusal_of(from_hex(driver.ssl_request)), errc::ssl_request_incomplete);
    }
}

TEST(handshake_response, that_is_a_second_ssl_request_is_refused) {
    for (const auto& driver : drivers)
        EXPECT_EQ(refusal_of(from_hex(driver.ssl_request), true), errc::second_ssl_request);
}

TEST(handshake_response, inside_tls_need_not_repeat_client_ssl) {
    EXPECT_FALSE(refusal_of(from_hex(captures::mariadb_client_plaintext), true));
}

TEST(handshake_response, without_plugin_auth_is_that_of_a_client_of_mysql_4_1) {
    const auto npm_mysql = client_long_password | client_protocol_41 | client_secure_connection;
    const bytes wire = response(npm_mysql, std::string("app\0\x02xy", 7));
    const auto message = parse_handshake_response(wire, false).value();
    EXPECT_EQ(as_text(message.user), "app");
    EXPECT_EQ(as_text(message.auth_response), "xy");
    EXPECT_TRUE(message.auth_plugin.empty());
}

TEST(handshake_response, of_older_hashes_or_protocols_is_refused_for_it) {
    constexpr auto hashes = client_plugin_auth | client_secure_connection | client_plugin_auth_lenenc_data;
    EXPECT_EQ(refusal_of(response(modern & ~hashes, "app")), errc::no_plugin_auth);
    EXPECT_EQ(refusal_of(response(modern & ~client_protocol_41, "app")), errc::unsupported_protocol);
}

TEST(handshake_response, user_is_exactly_what_lies_before_the_first_nul) {
    using namespace std::string_view_literals;
    for (const std::string_view user : {""sv, "app "sv, "App"sv, " \t'\"`"sv, "\xff\xfe"sv}) {
        const bytes wire = response(modern, std::string(user) + std::string(3, 0));
        EXPECT_EQ(as_text(parse_handshake_response(wire, false).value().user), user);
    }
    const std::string long_user(300, 'u');
    EXPECT_EQ(as_text(parse_handshake_response(response(modern, long_user + '\0' + '\0'), false).value().user),
              long_user);
    EXPECT_EQ(refusal_of(response(modern, "app")), errc::missing_terminator);
}

TEST(handshake_response, auth_response_has_three_encodings) {
    using namespace std::string_literals;
    const auto read = [](capability_flags flags, const std::string& rest) {
        const bytes wire = response(flags, rest);
        return std::string(as_text(parse_handshake_response(wire, false).value().auth_response));
    };
    const std::string large(300, 'p');
    EXPECT_EQ(read(modern, "u\0\xfc\x2c\x01"s + large), large);
    EXPECT_EQ(read(modern, "u\0\x03pwd"s), "pwd");
    const auto short_length = modern & ~client_plugin_auth_lenenc_data;
    EXPECT_EQ(read(short_length, "u\0\xff"s + std::string(255, 'p')), std::string(255, 'p'));
    EXPECT_EQ(read(short_length, "u\0\xfb"s + std::string(251, 'p')), std::string(251, 'p'));
    EXPECT_EQ(read(short_length & ~client_secure_connection, "u\0pwd\0"s), "pwd");
}

TEST(handshake_response, auth_response_beyond_the_payload_is_a_bad_length) {
    using namespace std::string_literals;
    for (const std::string& rest : {"u\0\x04pwd"s, "u\0\xfc\xff"s, "u\0\xfc\xff\xff"s, "u\0\xfd\xff\xff\xff"s,
                                    "u\0\xfe\xff\xff\xff\xff\xff\xff\xff\xff"s, "u\0\xfe\x01"s, "u\0\xfb"s, "u\0\xff"s})
        EXPECT_EQ(refusal_of(response(modern, rest)), errc::bad_length);
    const auto short_length = modern & ~client_plugin_auth_lenenc_data;
    EXPECT_EQ(refusal_of(response(short_length, "u\0\xff"s + std::string(254, 'p'))), errc::bad_length);
    EXPECT_EQ(refusal_of(response(short_length & ~client_secure_connection, "u\0pwd"s)), errc::missing_terminator);
    EXPECT_EQ(refusal_of(response(modern, "u\0"s)), errc::truncated);
}

TEST(handshake_response, fields_missing_at_the_end_are_empty) {
    using namespace std::string_literals;
    const auto all = modern | client_connect_with_db | client_connect_attrs | client_zstd_compression;
    for (const std::string& rest : {"u\0\0"s, "u\0\0db"s, "u\0\0db\0"s, "u\0\0db\0plugin"s, "u\0\0db\0plugin\0"s}) {
        const bytes wire = response(all, rest);
        const auto message = parse_handshake_response(wire, false).value();
        EXPECT_EQ(as_text(message.database), rest.size() > 3 ? "db" : "");
        EXPECT_EQ(as_text(message.auth_plugin), rest.size() > 6 ? "plugin" : "");
        EXPECT_TRUE(message.connect_attributes.empty());
        EXPECT_EQ(message.zstd_level, 0);
    }
}

TEST(handshake_response, attributes_beyond_the_payload_are_a_bad_length) {
    using namespace std::string_literals;
    const auto all = modern | client_connect_attrs;
    EXPECT_EQ(refusal_of(response(all, "u\0\0plugin\0\x05key"s)), errc::bad_length);
    EXPECT_EQ(refusal_of(response(all, "u\0\0plugin\0\xfe\xff\xff\xff\xff\xff\xff\xff\xff"s)), errc::bad_length);
}

TEST(handshake_response, bytes_behind_the_attributes_are_tolerated) {
    using namespace std::string_literals;
    const bytes wire = response(modern | client_connect_attrs, "u\0\0plugin\0\x03key-and-more"s);
    EXPECT_EQ(as_text(parse_handshake_response(wire, false).value().connect_attributes), "key");
}

TEST(handshake_response, zstd_level_is_behind_the_attributes) {
    using namespace std::string_literals;
    const auto flags = modern | client_connect_attrs | client_zstd_compression;
    const bytes wire = response(flags, "u\0\0plugin\0\0\x07"s);
    const auto message = parse_handshake_response(wire, false).value();
    EXPECT_EQ(message.zstd_level, 7);
    EXPECT_EQ(serialize_handshake_response(message), wire);
}

TEST(handshake_response, of_a_client_that_sets_long_password_has_no_extended_capabilities) {
    bytes wire = from_hex(captures::mysql_client_blank_password);
    wire[28] = 0xff;
    EXPECT_EQ(parse_handshake_response(wire, false).value().capabilities >> 32, 0U);
}

TEST(handshake_response, cut_anywhere_is_a_value_or_an_error) {
    for (const auto& driver : drivers) {
        const bytes wire = from_hex(driver.in_tls);
        EXPECT_GT(refused_cuts(wire, [](bytes_view cut) { return parse_handshake_response(cut, true); }), 40U);
        EXPECT_EQ(refused_cuts(wire, [](bytes_view cut) { return parse_handshake_response(cut, false); }), wire.size());
        EXPECT_EQ(refused_cuts(wire, [](bytes_view cut) { return classify_first_packet(cut); }), wire.size() - 1);
    }
    for (const auto text : plaintext)
        refused_cuts(from_hex(text), [](bytes_view cut) { return parse_handshake_response(cut, false); });
}

bool same(const handshake_response& a, const handshake_response& b) {
    return a.capabilities == b.capabilities && a.max_packet_size == b.max_packet_size &&
           a.character_set == b.character_set && as_text(a.user) == as_text(b.user) &&
           as_text(a.auth_response) == as_text(b.auth_response) && as_text(a.database) == as_text(b.database) &&
           as_text(a.auth_plugin) == as_text(b.auth_plugin) && a.zstd_level == b.zstd_level &&
           as_text(a.connect_attributes) == as_text(b.connect_attributes);
}

TEST(handshake_response, survives_being_written_and_read) {
    std::mt19937 random(1);
    const auto text = [&](std::size_t limit, unsigned lowest) {
        std::string out(random() % (limit + 1), ' ');
        for (char& c : out) c = static_cast<char>(lowest + random() % (256 - lowest));
        return out;
    };
    for (int round = 0; round < 2000; ++round) {
        handshake_response message;
        message.capabilities = (std::uint64_t{random()} << 32 | random()) | client_protocol_41 | client_plugin_auth |
                               client_secure_connection;
        message.capabilities &= ~client_ssl;
        if (message.capabilities & client_long_password) message.capabilities &= 0xffffffff;
        message.max_packet_size = static_cast<std::uint32_t>(random());
        message.character_set = static_cast<std::uint8_t>(random());
        const bool lenenc = (message.capabilities & client_plugin_auth_lenenc_data) != 0;
        const auto user = text(90, 1), auth = text(lenenc ? 400 : 255, 0), database = text(70, 1), plugin = text(30, 1);
        const auto attributes = text(round % 100 == 0 ? 70000 : 300, 0);
        message.user = as_bytes(user);
        message.auth_response = as_bytes(auth);
        message.auth_plugin = as_bytes(plugin);
        if (message.capabilities & client_connect_with_db) message.database = as_bytes(database);
        if (message.capabilities & client_connect_attrs) message.connect_attributes = as_bytes(attributes);
        if (message.capabilities & client_zstd_compression) message.zstd_level = static_cast<std::uint8_t>(random());
        const bytes wire = serialize_handshake_response(message);
        ASSERT_TRUE(same(parse_handshake_response(wire, false).value(), message)) << "round " << round;
    }
}

TEST(handshake_response, no_field_spills_into_the_next) {
    using namespace std::string_literals;
    handshake_response message;
    message.capabilities = modern;
    const auto user = "app\0\0evil_plugin"s;
    message.user = as_bytes(user);
    const bytes wire = serialize_handshake_response(message);
    EXPECT_EQ(as_text(parse_handshake_response(wire, false).value().user), "app");
    EXPECT_EQ(as_text(parse_handshake_response(wire, false).value().auth_plugin), "");
}

}  // namespace
}  // namespace portcullis::protocol
