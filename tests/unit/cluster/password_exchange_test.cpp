// The four combinations of secure and other legs, with a client and an aggregator that know their RSA.
#include "proxy/cluster/password_exchange.hpp"

#include <gtest/gtest.h>

namespace portcullis::cluster {
namespace {

using protocol::bytes;
using to = password_exchange::to;

constexpr protocol::legs secure{true, true};
constexpr protocol::legs insecure_client{false, true};
constexpr protocol::legs insecure_aggregator{true, false};
constexpr protocol::legs insecure{false, false};

const bytes password{'h', 'u', 'n', 't', 'e', 'r', '2', 0};
const bytes wrong{0};
const bytes full_authentication{1, 4};

bytes switch_data() {
    bytes data;
    for (std::uint8_t i = 0; i < 20; ++i) data.push_back(static_cast<std::uint8_t>('A' + i));
    data.push_back(0);
    return data;
}

std::shared_ptr<const certs::password_key> new_key() {
    static const auto key = certs::password_key::make();
    return key;
}

bytes masked(bytes text) {
    const auto scramble = switch_data();
    for (std::size_t i = 0; i < text.size(); ++i) text[i] ^= scramble[i % 20];
    return text;
}

bytes key_packet(const certs::password_key& key) {
    bytes payload{1};
    payload.insert(payload.end(), key.public_pem().begin(), key.public_pem().end());
    return payload;
}

/// Both plugins, at the point where the password is due.
class passwords : public testing::TestWithParam<std::string_view> {
protected:
    std::unique_ptr<password_exchange> begin(protocol::legs between, bool with_key = true) const {
        auto made =
            std::make_unique<password_exchange>(GetParam(), switch_data(), between, with_key ? new_key() : nullptr);
        if (GetParam() != protocol::caching_sha2_password) return made;
        const bytes proof(32, 'p');
        const auto first = made->client_said(proof);
        EXPECT_EQ(first.receiver, to::aggregator);
        EXPECT_EQ(first.payload, proof) << "the proof of the fast path is no password";
        const auto answer = made->aggregator_said(full_authentication);
        EXPECT_TRUE(answer && !*answer) << "the client is to hear that the password is wanted";
        return made;
    }
    [[nodiscard]] bytes wish() const { return {std::uint8_t(GetParam() == protocol::caching_sha2_password ? 2 : 1)}; }
};

TEST_P(passwords, pass_readable_between_secure_legs) {
    const auto next = begin(secure)->client_said(password);
    EXPECT_EQ(next.receiver, to::aggregator);
    EXPECT_EQ(next.payload, password);
}

TEST_P(passwords, of_an_insecure_client_are_hidden_with_the_gates_key) {
    const auto exchange = begin(insecure_client);
    const auto asked = exchange->client_said(wish());
    EXPECT_EQ(asked.receiver, to::client);
    EXPECT_EQ(asked.payload, key_packet(*new_key()));
    const auto hidden = certs::encrypt_for(new_key()->public_pem(), masked(password));
    const auto next = exchange->client_said(*hidden);
    EXPECT_EQ(next.receiver, to::aggregator);
    EXPECT_EQ(next.payload, password);
}

TEST_P(passwords, of_an_insecure_client_may_come_without_asking_for_the_key) {
    const auto hidden = certs::encrypt_for(new_key()->public_pem(), masked(password));
    EXPECT_EQ(begin(insecure_client)->client_said(*hidden).payload, password);
}

TEST_P(passwords, that_cannot_be_revealed_are_wrong_ones) {
    for (const auto& answer : {password, bytes(256, 'x'), bytes(100'000, 'x')}) {
        const auto next = begin(insecure_client)->client_said(answer);
        EXPECT_EQ(next.receiver, to::aggregator);
        EXPECT_EQ(next.payload, wrong);
    }
    const auto exchange = begin(insecure_client);
    EXPECT_EQ(exchange->client_said(wish()).receiver, to::client);
    EXPECT_EQ(exchange->client_said(wish()).payload, wrong) << "the key is given once";
    EXPECT_EQ(begin(insecure_client, false)->client_said(wish()).payload, wrong) << "there is no key";
}

TEST_P(passwords, for_an_insecure_aggregator_are_hidden_with_its_key) {
    const auto exchange = begin(insecure_aggregator);
    const auto asked = exchange->client_said(password);
    EXPECT_EQ(asked.receiver, to::aggregator);
    EXPECT_EQ(asked.payload, wish());
    const auto answer = exchange->aggregator_said(key_packet(*new_key()));
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ(new_key()->decrypt(**answer), masked(password));
    const auto later = exchange->aggregator_said(key_packet(*new_key()));
    EXPECT_TRUE(later && !*later) << "only the key that was asked for is taken";
}

TEST_P(passwords, are_not_given_for_what_is_no_key) {
    for (const auto& said : {bytes{1}, bytes{}, full_authentication, bytes(300, 'k')}) {
        const auto exchange = begin(insecure_aggregator);
        EXPECT_EQ(exchange->client_said(password).payload, wish());
        EXPECT_EQ(exchange->aggregator_said(said).error(), protocol::errc::unexpected_message);
    }
}

TEST_P(passwords, between_insecure_legs_pass_hidden_or_not_at_all) {
    const auto exchange = begin(insecure);
    EXPECT_EQ(exchange->client_said(wish()).payload, wish());
    const auto key = exchange->aggregator_said(key_packet(*new_key()));
    EXPECT_TRUE(key && !*key) << "the key is the client's";
    const bytes hidden(256, 'h');
    EXPECT_EQ(exchange->client_said(hidden).payload, hidden);
    EXPECT_EQ(begin(insecure)->client_said(password).payload, wrong);
}

TEST_P(passwords, that_are_empty_pass_over_any_legs) {
    for (const auto between : {secure, insecure_client, insecure_aggregator, insecure})
        for (const auto& answer : {bytes{}, wrong}) EXPECT_EQ(begin(between)->client_said(answer).payload, answer);
}

INSTANTIATE_TEST_SUITE_P(of, passwords, testing::Values(protocol::caching_sha2_password, protocol::sha256_password),
                         [](const auto& plugin) { return std::string(plugin.param); });

}  // namespace
}  // namespace portcullis::cluster
