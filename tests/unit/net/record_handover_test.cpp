// Keys are taken over from OpenSSL with the right numbers and at a record's end, and not at all from a connection that
// agreed on something that our records do not keep to.
#include "proxy/net/record_handover.hpp"

#include "certs/memory_handshake.hpp"
#include "tests/unit/net/tls_peers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>

namespace portcullis::net {
namespace {

using test::bytes;
using outcome = record_handover::outcome;

bytes record_of(std::size_t size) {
    bytes out{23, 3, 3, static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)};
    out.resize(5 + size, 0xff);
    return out;
}

TEST(RecordCounter, CountsWholeRecordsHoweverTheyPass) {
    bytes all;
    for (const std::size_t size : {0UL, 1UL, 300UL, 0UL, 7UL}) {
        const auto each = record_of(size);
        all.insert(all.end(), each.begin(), each.end());
    }
    for (std::size_t at_once = 1; at_once <= all.size(); ++at_once) {
        record_counter counted;
        for (std::size_t at = 0; at < all.size(); at += at_once)
            counted.saw(std::span(all).subspan(at, std::min(at_once, all.size() - at)));
        ASSERT_EQ(counted.records(), 5U) << at_once;
        ASSERT_TRUE(counted.at_boundary());
    }
}

TEST(RecordCounter, IsAtABoundaryBehindAWholeRecordOnly) {
    const auto one = record_of(20);
    record_counter counted;
    EXPECT_TRUE(counted.at_boundary());
    for (std::size_t at = 0; at < one.size(); ++at) {
        EXPECT_EQ(counted.at_boundary(), at == 0) << at;
        EXPECT_EQ(counted.records(), 0U);
        counted.saw(std::span(one).subspan(at, 1));
    }
    EXPECT_TRUE(counted.at_boundary());
    EXPECT_EQ(counted.records(), 1U);
}

TEST(RecordCounter, BeginsAnewWithinARecordToo) {
    const auto one = record_of(20);
    record_counter counted;
    counted.saw(one);
    counted.saw(std::span(one).first(3));
    counted.begin_anew();
    EXPECT_FALSE(counted.at_boundary());
    counted.saw(std::span(one).subspan(3));
    EXPECT_EQ(counted.records(), 1U);
}

class RecordHandover : public testing::Test {
protected:
    outcome outcome_of(
        const std::string& suite, const std::function<void(SSL*)>& prepare_client = [](SSL*) {},
        const char* properties = certs::provider_properties({})) {
        const auto server_context = test::make_context(true, suite, properties);
        const auto client_context = test::make_context(false, suite, "provider=default");
        server_.reset(SSL_new(server_context.get()));
        client_.reset(SSL_new(client_context.get()));
        prepare_client(client_.get());
        const certs::secrets_noted noted(handover_.secrets);
        EXPECT_TRUE(certs::shake_hands(client_.get(), server_.get()));
        return handover_.look(server_.get());
    }

    record_handover handover_{false};
    certs::ssl_ptr server_;
    certs::ssl_ptr client_;
};

TEST_F(RecordHandover, IsForTls13) {
    EXPECT_EQ(outcome_of("TLS_AES_128_GCM_SHA256"), outcome::ready);
    EXPECT_TRUE(handover_.take(server_.get()));
}

TEST_F(RecordHandover, LeavesTls12ToOpenssl) {
    EXPECT_EQ(outcome_of(""), outcome::never);
}

TEST_F(RecordHandover, LeavesOtherSuitesToOpenssl) {
    EXPECT_EQ(outcome_of("TLS_AES_128_CCM_SHA256"), outcome::never);
    EXPECT_FALSE(handover_.take(server_.get()));
}

TEST_F(RecordHandover, NeedsSecretsThatSomebodyNoted) {
    EXPECT_EQ(outcome_of(
                  "TLS_AES_128_GCM_SHA256", [](SSL*) {}, "provider=default"),
              outcome::never);
}

TEST_F(RecordHandover, LeavesAPeerThatAskedForShortRecordsToOpenssl) {
    for (const int size : {TLSEXT_max_fragment_length_512, TLSEXT_max_fragment_length_4096}) {
        const auto asks = [size](SSL* client) {
            EXPECT_EQ(SSL_set_tlsext_max_fragment_length(client, static_cast<std::uint8_t>(size)), 1);
        };
        EXPECT_EQ(outcome_of("TLS_AES_128_GCM_SHA256", asks), outcome::never);
    }
}

TEST_F(RecordHandover, WaitsForARecordsEnd) {
    ASSERT_EQ(outcome_of("TLS_AES_128_GCM_SHA256"), outcome::ready);
    handover_.received.saw(std::array<std::uint8_t, 1>{23});
    EXPECT_EQ(handover_.look(server_.get()), outcome::not_yet);
    handover_.received.saw(std::array<std::uint8_t, 4>{3, 3, 0, 0});
    EXPECT_EQ(handover_.look(server_.get()), outcome::ready);
    handover_.sent.saw(std::array<std::uint8_t, 2>{23, 3});
    EXPECT_EQ(handover_.look(server_.get()), outcome::not_yet);
}

TEST_F(RecordHandover, WaitsForWhatOpensslStillHolds) {
    ASSERT_EQ(outcome_of("TLS_AES_128_GCM_SHA256"), outcome::ready);
    ASSERT_EQ(SSL_write(client_.get(), "words", 5), 5);
    bytes one(1);
    ASSERT_EQ(SSL_read(server_.get(), one.data(), 1), 1);
    EXPECT_EQ(handover_.look(server_.get()), outcome::not_yet);
}

TEST_F(RecordHandover, LeavesAConnectionThatHasBegunToEndToOpenssl) {
    ASSERT_EQ(outcome_of("TLS_AES_128_GCM_SHA256"), outcome::ready);
    SSL_shutdown(server_.get());
    EXPECT_EQ(handover_.look(server_.get()), outcome::never);
}

}  // namespace
}  // namespace portcullis::net
