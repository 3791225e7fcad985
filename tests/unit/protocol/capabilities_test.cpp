#include "protocol/capabilities.hpp"

#include "captures/hex.hpp"
#include "captures/servers.hpp"
#include "protocol/greeting.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

capability_flags greeted(std::string_view capture) {
    return parse_greeting(captures::from_hex(capture)).value().capabilities;
}
const capability_flags mariadb = greeted(captures::mariadb_greeting);
const capability_flags mysql_lts = greeted(captures::mysql_lts_greeting);
const capability_flags mysql_5_6 = greeted(captures::mysql_5_6_greeting);

TEST(capabilities, that_change_framing_or_hide_commands_are_never_offered) {
    for (const bool local_infile : {false, true}) {
        const auto offered = offered_to_client(~capability_flags{0} & ~client_long_password,
                                               {.local_infile = local_infile, .tls = true});
        EXPECT_EQ(offered & (framing_flags | client_multi_factor_authentication | mariadb_com_multi), 0U);
        EXPECT_EQ(offered & client_capability_extension, 0U);
    }
}

TEST(capabilities, of_compression_are_offered_where_configured_and_stay_on_the_clients_leg) {
    const auto offered = offered_to_client(mysql_lts, {.compression = true});
    EXPECT_EQ(offered & framing_flags, framing_flags);
    EXPECT_EQ(offered_to_client(mariadb, {.compression = true}) & framing_flags, client_compress);
    EXPECT_EQ(sent_to_aggregator(offered, offered, true) & framing_flags, 0U);
}

TEST(capabilities, offered_are_those_every_aggregator_has) {
    const auto offered = offered_to_client(mysql_lts & mysql_5_6, {});
    EXPECT_EQ(offered & client_deprecate_eof, 0U);
    EXPECT_EQ(offered & client_query_attributes, 0U);
    EXPECT_NE(offered & client_multi_statements, 0U);
    EXPECT_NE(offered & client_long_password, 0U);
}

TEST(capabilities, of_mariadb_keep_their_extended_bits_and_clear_long_password) {
    const auto offered = offered_to_client(mariadb, {.tls = true});
    EXPECT_EQ(offered & client_long_password, 0U);
    EXPECT_NE(offered & mariadb_stmt_bulk_operations, 0U);
    EXPECT_NE(offered & mariadb_progress, 0U);
}

TEST(capabilities, of_mariadb_beside_mysql_have_neither_extended_bits_nor_long_password) {
    const auto offered = offered_to_client(mariadb & mysql_lts, {.tls = true});
    EXPECT_EQ(offered & client_long_password, 0U);
    EXPECT_EQ(offered >> 32, 0U);
}

TEST(capabilities, beside_long_password_there_are_no_extended_bits) {
    EXPECT_EQ(offered_to_client(mysql_lts | mariadb_progress, {}) >> 32, 0U);
}

TEST(capabilities, of_tls_are_the_listeners_and_not_the_aggregators) {
    EXPECT_NE(offered_to_client(mysql_5_6, {.tls = true}) & client_ssl, 0U);
    EXPECT_EQ(offered_to_client(mysql_lts, {}) & client_ssl, 0U);
}

TEST(capabilities, the_gate_needs_are_offered_even_if_an_aggregator_lacks_them) {
    const auto offered = offered_to_client(client_long_password, {});
    EXPECT_EQ(offered, client_long_password | client_protocol_41 | client_secure_connection | client_plugin_auth);
}

TEST(capabilities, local_files_are_offered_only_where_configured) {
    EXPECT_EQ(offered_to_client(mysql_lts, {.tls = true}) & client_local_files, 0U);
    EXPECT_NE(offered_to_client(mysql_lts, {.local_infile = true, .tls = true}) & client_local_files, 0U);
}

TEST(capabilities, that_leave_columns_out_of_replies_are_not_offered_beside_local_files) {
    const auto left_out = client_optional_resultset_metadata | mariadb_cache_metadata;
    EXPECT_EQ(relayable_flags(true) & left_out, 0U);
    EXPECT_EQ(relayable_flags(false) & left_out, left_out);
}

TEST(capabilities, beyond_the_offer_are_cleared) {
    const auto offered = offered_to_client(mysql_5_6, {});
    const auto sent = sent_to_aggregator(offered | client_local_files | client_deprecate_eof, offered, false);
    EXPECT_EQ(sent & (client_local_files | client_deprecate_eof), 0U);
}

TEST(capabilities, the_client_did_not_ask_for_are_not_sent) {
    const auto offered = offered_to_client(mysql_lts, {.local_infile = true, .tls = true});
    const auto sent = sent_to_aggregator(client_protocol_41 | client_plugin_auth | client_long_password, offered, true);
    EXPECT_EQ(sent,
              client_protocol_41 | client_plugin_auth | client_long_password | client_secure_connection | client_ssl);
}

TEST(capabilities, of_tls_follow_the_aggregators_leg) {
    const auto offered = offered_to_client(mysql_lts, {.tls = true});
    EXPECT_EQ(sent_to_aggregator(offered, offered, false) & client_ssl, 0U);
    EXPECT_NE(sent_to_aggregator(offered & ~client_ssl, offered, true) & client_ssl, 0U);
}

TEST(capabilities, a_mysql_client_says_so_to_mariadb) {
    const auto offered = offered_to_client(mariadb, {.tls = true});
    const auto sent = sent_to_aggregator(0x19bfa28d, offered, true);
    EXPECT_NE(sent & client_long_password, 0U);
    EXPECT_EQ(sent >> 32, 0U);
}

TEST(capabilities, a_mariadb_client_keeps_the_extended_bits_that_were_offered) {
    const auto offered = offered_to_client(mariadb, {.tls = true});
    const auto sent = sent_to_aggregator(0x1d'00bf'aa8cULL | mariadb_com_multi, offered, true);
    EXPECT_EQ(sent & client_long_password, 0U);
    EXPECT_EQ(sent >> 32, 0x1dU);
}

TEST(capabilities, where_replies_are_followed_no_columns_are_left_out) {
    const auto offered = offered_to_client(mysql_lts, {.replies_followed = true});
    EXPECT_EQ(offered, offered_to_client(mysql_lts, {}) & ~client_optional_resultset_metadata);
    EXPECT_NE(offered, offered_to_client(mysql_lts, {}));
    EXPECT_EQ(offered_to_client(mariadb, {.replies_followed = true}) & mariadb_cache_metadata, 0U);
}

}  // namespace
}  // namespace portcullis::protocol
