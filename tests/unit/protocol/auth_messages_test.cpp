#include "protocol/auth_messages.hpp"

#include "captures/hex.hpp"
#include "captures/servers.hpp"
#include "every_cut.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

using captures::from_hex;

auth_packet kind_of(std::string_view hex) {
    return classify_auth_packet(from_hex(hex)).value();
}

TEST(auth_messages, of_real_servers_are_told_apart) {
    EXPECT_EQ(kind_of(captures::mariadb_login_ok), auth_packet::ok);
    EXPECT_EQ(kind_of(captures::mysql_5_6_access_denied), auth_packet::err);
    EXPECT_EQ(kind_of(captures::mariadb_switch_to_native), auth_packet::auth_switch_request);
    EXPECT_EQ(kind_of(captures::mysql_lts_fast_auth_ok), auth_packet::auth_more_data);
    EXPECT_EQ(kind_of(captures::mysql_lts_full_auth), auth_packet::auth_more_data);
    EXPECT_EQ(kind_of(captures::mysql_lts_public_key), auth_packet::auth_more_data);
}

TEST(auth_messages, a_local_infile_request_is_seen_for_what_it_is) {
    EXPECT_EQ(kind_of("fb2f6574632f706173737764"), auth_packet::local_infile);
}

TEST(auth_messages, anything_else_is_the_plugins_own) {
    EXPECT_EQ(kind_of("0450617373776f72643a20"), auth_packet::plugin_data);
    EXPECT_EQ(kind_of("02"), auth_packet::plugin_data);
}

TEST(auth_messages, an_empty_packet_is_none_of_them) {
    EXPECT_EQ(classify_auth_packet({}).error(), errc::truncated);
}

TEST(auth_messages, a_switch_to_native_has_a_scramble_and_its_nul) {
    const bytes wire = from_hex(captures::mariadb_switch_to_native);
    const auto message = parse_auth_switch_request(wire).value();
    EXPECT_EQ(message.plugin, "mysql_native_password");
    EXPECT_EQ(message.data.size(), 21U);
    EXPECT_EQ(message.data.back(), 0);
}

TEST(auth_messages, a_switch_to_ed25519_has_32_bytes_and_no_nul) {
    const bytes wire = from_hex(captures::mariadb_switch_to_ed25519);
    const auto message = parse_auth_switch_request(wire).value();
    EXPECT_EQ(message.plugin, "client_ed25519");
    EXPECT_EQ(message.data.size(), 32U);
}

TEST(auth_messages, a_switch_may_carry_no_data) {
    const bytes wire = from_hex(captures::mariadb_switch_to_dialog);
    const auto message = parse_auth_switch_request(wire).value();
    EXPECT_EQ(message.plugin, "dialog");
    EXPECT_TRUE(message.data.empty());
}

TEST(auth_messages, a_switch_is_written_as_real_servers_write_it) {
    for (const auto text : {captures::mariadb_switch_to_native, captures::mariadb_switch_to_ed25519,
                            captures::mariadb_switch_to_dialog, captures::mysql_lts_switch_to_caching_sha2}) {
        const bytes wire = from_hex(text);
        EXPECT_EQ(serialize_auth_switch_request(parse_auth_switch_request(wire).value()), wire);
    }
}

TEST(auth_messages, the_switch_of_servers_before_4_1_is_refused) {
    EXPECT_EQ(parse_auth_switch_request(from_hex("fe")).error(), errc::unexpected_message);
}

TEST(auth_messages, a_switch_without_a_terminated_name_is_refused) {
    EXPECT_EQ(parse_auth_switch_request({}).error(), errc::truncated);
    EXPECT_EQ(parse_auth_switch_request(from_hex("0061")).error(), errc::unexpected_message);
    EXPECT_EQ(parse_auth_switch_request(from_hex("fe6162")).error(), errc::missing_terminator);
}

TEST(auth_messages, a_switch_cut_anywhere_is_a_value_or_an_error) {
    const bytes wire = from_hex(captures::mysql_lts_switch_to_caching_sha2);
    const auto refused = refused_cuts(wire, [](bytes_view cut) { return parse_auth_switch_request(cut); });
    EXPECT_EQ(refused, 1 + std::string_view("caching_sha2_password").size() + 1);
}

}  // namespace
}  // namespace portcullis::protocol
