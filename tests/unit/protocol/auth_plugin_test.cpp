#include "protocol/auth_plugin.hpp"

#include "captures/hex.hpp"
#include "captures/servers.hpp"
#include "protocol/bytes.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

constexpr legs both{true, true};
constexpr legs plaintext_client{false, true};
constexpr legs plaintext_aggregator{true, false};
constexpr legs no_tls{false, false};

bool answers(std::string_view plugin, std::string_view hex) {
    const bytes payload = captures::from_hex(hex);
    return client_answers(plugin, payload.data(), payload.size());
}

TEST(auth_plugin, that_never_shows_a_password_passes_over_any_legs) {
    for (const std::string_view plugin :
         {"mysql_native_password", "client_ed25519", "caching_sha2_password", "sha256_password"})
        for (const legs tls : {both, plaintext_client, plaintext_aggregator, no_tls})
            EXPECT_EQ(may_relay(plugin, tls), plugin_verdict::relay) << plugin;
}

TEST(auth_plugin, of_a_client_without_plugin_auth_is_the_native_one) {
    EXPECT_TRUE(can_be_switched_to("mysql_native_password", 0));
    for (const std::string_view plugin : {"client_ed25519", "caching_sha2_password", "dialog", ""}) {
        EXPECT_FALSE(can_be_switched_to(plugin, ~client_plugin_auth)) << plugin;
        EXPECT_TRUE(can_be_switched_to(plugin, client_plugin_auth)) << plugin;
    }
}

TEST(auth_plugin, that_could_show_a_password_passes_over_tls_only) {
    for (const std::string_view plugin :
         {"mysql_clear_password", "dialog", "authentication_ldap_sasl_client", "CACHING_SHA2_PASSWORD",
          "mysql_old_password", "", "MYSQL_NATIVE_PASSWORD", "mysql_native_password "}) {
        EXPECT_EQ(may_relay(plugin, both), plugin_verdict::relay) << plugin;
        EXPECT_EQ(may_relay(plugin, plaintext_client), plugin_verdict::client_needs_tls) << plugin;
        EXPECT_EQ(may_relay(plugin, no_tls), plugin_verdict::client_needs_tls) << plugin;
        EXPECT_EQ(may_relay(plugin, plaintext_aggregator), plugin_verdict::aggregator_needs_tls) << plugin;
    }
}

TEST(auth_plugin, a_client_does_not_answer_fast_auth_ok) {
    EXPECT_FALSE(answers(caching_sha2_password, captures::mysql_lts_fast_auth_ok));
    EXPECT_FALSE(answers(caching_sha2_password, "03"));  // without the wrapping of AuthMoreData
}

TEST(auth_plugin, a_client_answers_the_wish_for_full_authentication_and_the_key) {
    EXPECT_TRUE(answers(caching_sha2_password, captures::mysql_lts_full_auth));
    EXPECT_TRUE(answers(caching_sha2_password, captures::mysql_lts_public_key));
    EXPECT_TRUE(answers("sha256_password", captures::mysql_lts_public_key));
}

TEST(auth_plugin, the_same_byte_of_another_plugin_is_answered) {
    EXPECT_TRUE(answers("dialog", "03"));
    EXPECT_TRUE(answers("dialog", "0103"));
    EXPECT_TRUE(answers(caching_sha2_password, "010303"));
    EXPECT_TRUE(answers(caching_sha2_password, "01"));
}

TEST(auth_plugin, a_client_answers_neither_ok_nor_err_nor_nothing) {
    for (const std::string_view plugin : {"mysql_native_password", "caching_sha2_password", "dialog"}) {
        EXPECT_FALSE(answers(plugin, captures::mariadb_login_ok));
        EXPECT_FALSE(answers(plugin, captures::mysql_5_6_access_denied));
        EXPECT_FALSE(answers(plugin, ""));
        EXPECT_TRUE(answers(plugin, captures::mariadb_switch_to_dialog));
    }
}

TEST(auth_plugin, of_the_greeting_never_makes_a_client_show_its_password) {
    EXPECT_EQ(greeting_plugin("caching_sha2_password"), "caching_sha2_password");
    EXPECT_EQ(greeting_plugin("mysql_native_password"), "mysql_native_password");
    for (const std::string_view plugin : {"sha256_password", "mysql_clear_password", "client_ed25519", "dialog", ""})
        EXPECT_EQ(greeting_plugin(plugin), "mysql_native_password");
}

}  // namespace
}  // namespace portcullis::protocol
