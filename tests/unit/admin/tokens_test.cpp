// Tokens: valid, unknown, expired.
#include "proxy/admin/tokens.hpp"

#include <gtest/gtest.h>

namespace portcullis::admin {
namespace {

using namespace std::chrono_literals;
using verdict = tokens::verdict;

const auto noon = std::chrono::sys_seconds(1'800'000'000s);

TEST(tokens, are_known_whole_or_not_at_all) {
    const tokens known({{"first-of-the-tokens-x", std::nullopt}, {"second-of-the-tokens-x", std::nullopt}});
    EXPECT_EQ(known.look_up("first-of-the-tokens-x", noon), verdict::valid);
    EXPECT_EQ(known.look_up("second-of-the-tokens-x", noon), verdict::valid);
    for (const auto* each : {"", "first-of-the-tokens-", "first-of-the-tokens-xx", "FIRST-OF-THE-TOKENS-X"})
        EXPECT_EQ(known.look_up(each, noon), verdict::unknown) << each;
    EXPECT_EQ(tokens({}).look_up("", noon), verdict::unknown);
}

TEST(tokens, expire_at_their_second) {
    const tokens known({{"expires-at-noon-sharp", noon}});
    EXPECT_EQ(known.look_up("expires-at-noon-sharp", noon - 1s), verdict::valid);
    EXPECT_EQ(known.look_up("expires-at-noon-sharp", noon), verdict::expired);
}

TEST(tokens, are_presented_as_bearer) {
    EXPECT_EQ(bearer_token("Bearer abc"), "abc");
    EXPECT_EQ(bearer_token("bEARER abc"), "abc");
    for (const auto* each : {"", "Bearer", "Bearer ", "Basic abc", "abc"}) EXPECT_FALSE(bearer_token(each)) << each;
}

TEST(tokens, wrong_ones_are_counted_by_address) {
    auto bans = make_token_bans();
    const gate::client_origin here{config::ip_address::parse("127.0.0.1")};
    const gate::client_origin there{config::ip_address::parse("127.0.0.2")};
    const auto now = gate::ban_clock::time_point(1h);
    for (unsigned i = 0; i < wrong_tokens; ++i)
        EXPECT_EQ(bans.count_failure(here, now).has_value(), i + 1 == wrong_tokens);
    EXPECT_TRUE(bans.is_banned(here, now + wrong_tokens_pause - 1s));
    EXPECT_FALSE(bans.is_banned(there, now));
    EXPECT_FALSE(bans.is_banned(here, now + wrong_tokens_pause));
}

}  // namespace
}  // namespace portcullis::admin
