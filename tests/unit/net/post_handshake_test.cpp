#include "proxy/net/post_handshake.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>

namespace portcullis::net {
namespace {

constexpr std::array<std::uint8_t, 5> key_update{SSL3_MT_KEY_UPDATE, 0, 0, 1, 1};
constexpr std::array<std::uint8_t, 2> no_renegotiation{SSL3_AL_WARNING, SSL_AD_NO_RENEGOTIATION};
constexpr std::array<std::uint8_t, 2> close_notify{SSL3_AL_WARNING, SSL_AD_CLOSE_NOTIFY};

TEST(post_handshake, lets_some_key_updates_pass_and_no_flood) {
    post_handshake count;
    for (unsigned i = 0; i < post_handshake::most; ++i) count.saw(false, SSL3_RT_HANDSHAKE, key_update);
    EXPECT_FALSE(count.excessive());
    count.saw(false, SSL3_RT_HANDSHAKE, key_update);
    EXPECT_TRUE(count.excessive());
}

TEST(post_handshake, counts_renegotiations_by_their_refusal) {
    post_handshake count;
    for (unsigned i = 0; i <= post_handshake::most; ++i) count.saw(true, SSL3_RT_ALERT, no_renegotiation);
    EXPECT_TRUE(count.excessive());
}

TEST(post_handshake, forgives_one_message_with_each_arrival_of_data) {
    post_handshake count;
    for (unsigned i = 0; i < 100 * post_handshake::most; ++i) {
        count.saw(false, SSL3_RT_HANDSHAKE, key_update);
        count.data_arrived();
    }
    EXPECT_FALSE(count.excessive());
    for (unsigned i = 0; i < 3 * post_handshake::most; ++i) {
        count.saw(false, SSL3_RT_HANDSHAKE, key_update);
        count.saw(false, SSL3_RT_HANDSHAKE, key_update);
        count.data_arrived();
    }
    EXPECT_TRUE(count.excessive());
}

TEST(post_handshake, counts_nothing_else) {
    post_handshake count;
    constexpr std::array<std::uint8_t, 4> ticket{SSL3_MT_NEWSESSION_TICKET, 0, 0, 0};
    for (unsigned i = 0; i < 100; ++i) {
        count.saw(false, SSL3_RT_HANDSHAKE, ticket);
        count.saw(true, SSL3_RT_HANDSHAKE, key_update);  // our own answers
        count.saw(true, SSL3_RT_ALERT, close_notify);
        count.saw(false, SSL3_RT_ALERT, no_renegotiation);
        count.saw(false, SSL3_RT_HEADER, key_update);
        count.saw(false, SSL3_RT_HANDSHAKE, {});
    }
    EXPECT_FALSE(count.excessive());
}

}  // namespace
}  // namespace portcullis::net
