#include "protocol/err_packet.hpp"

#include "captures/hex.hpp"
#include "captures/servers.hpp"
#include "every_cut.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

using captures::from_hex;

TEST(err_packet, of_a_real_server_is_read) {
    for (const auto text : {captures::mysql_lts_access_denied, captures::mysql_5_6_access_denied}) {
        const bytes wire = from_hex(text);
        const auto message = parse_err_packet(wire).value();
        EXPECT_EQ(message.code, 1045);
        EXPECT_EQ(message.sql_state, "28000");
        EXPECT_EQ(message.message, "Access denied for user 'app'@'localhost' (using password: YES)");
        EXPECT_EQ(serialize_err_packet(message), wire);
    }
}

TEST(err_packet, before_the_greeting_has_no_sqlstate) {
    const err_packet message{1040, "", "Too many connections"};
    const bytes wire = serialize_err_packet(message);
    EXPECT_EQ(wire, from_hex("ff1004546f6f206d616e7920636f6e6e656374696f6e73"));
    const auto read = parse_err_packet(wire).value();
    EXPECT_EQ(read.sql_state, "");
    EXPECT_EQ(read.message, "Too many connections");
}

TEST(err_packet, may_have_no_message) {
    const auto message = parse_err_packet(from_hex("ff1504")).value();
    EXPECT_EQ(message.code, 1045);
    EXPECT_EQ(message.message, "");
    EXPECT_EQ(parse_err_packet(from_hex("ff1504233238303030")).value().message, "");
}

TEST(err_packet, in_words_is_its_code_and_its_message) {
    EXPECT_EQ(in_words({1045, "28000", "Access denied"}), "ERR 1045 Access denied");
}

TEST(err_packet, cut_inside_the_sqlstate_is_truncated) {
    EXPECT_EQ(parse_err_packet(from_hex("ff15042332383030")).error(), errc::truncated);
    EXPECT_EQ(parse_err_packet(from_hex("ff150423")).error(), errc::truncated);
}

TEST(err_packet, is_not_read_from_another_message) {
    EXPECT_EQ(parse_err_packet({}).error(), errc::truncated);
    EXPECT_EQ(parse_err_packet(from_hex("00")).error(), errc::unexpected_message);
    EXPECT_EQ(parse_err_packet(from_hex("ff15")).error(), errc::truncated);
}

TEST(err_packet, message_is_cut_at_512_bytes_and_the_sqlstate_is_whole) {
    const std::string text(600, 'm');
    const bytes wire = serialize_err_packet({1045, "28000", text});
    EXPECT_EQ(wire.size(), 1 + 2 + 6 + 512U);
    EXPECT_EQ(parse_err_packet(wire).value().sql_state, "28000");
    EXPECT_EQ(serialize_err_packet({1045, "28000", text.substr(0, 512)}), wire);
}

TEST(err_packet, message_is_not_cut_inside_a_character) {
    for (const std::string character : {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x94\x92"}) {
        for (std::size_t offset = 0; offset < character.size(); ++offset) {
            std::string text(offset, 'm');
            while (text.size() < 600) text += character;
            const bytes wire = serialize_err_packet({1045, "28000", text});
            const auto kept = parse_err_packet(wire).value().message;
            EXPECT_EQ((kept.size() - offset) % character.size(), 0U);
            EXPECT_GT(kept.size(), 512 - character.size());
            EXPECT_LE(kept.size(), 512U);
        }
    }
}

TEST(err_packet, that_is_no_text_is_cut_all_the_same) {
    const std::string text(600, '\x80');
    EXPECT_GE(parse_err_packet(serialize_err_packet({1, "", text})).value().message.size(), 509U);
}

TEST(err_packet, sqlstate_has_always_five_characters) {
    EXPECT_EQ(parse_err_packet(serialize_err_packet({1, "HY", "m"})).value().sql_state, "HY000");
    EXPECT_EQ(parse_err_packet(serialize_err_packet({1, "HY000extra", "m"})).value().message, "m");
}

TEST(err_packet, cut_anywhere_is_a_value_or_an_error) {
    refused_cuts(from_hex(captures::mysql_lts_access_denied), [](bytes_view cut) { return parse_err_packet(cut); });
}

}  // namespace
}  // namespace portcullis::protocol
