// The tokens of the administration interface, as they are written.
#include "proxy/config/token_file.hpp"

#include <gmock/gmock.h>

namespace portcullis::config {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(token_file, has_a_token_to_a_line_and_perhaps_when_it_expires) {
    std::vector<admin_token> read;
    EXPECT_EQ(parse_tokens(
                  "# of the monitoring\n\nabcdefghijklmnopqrst\r\n  0123456789abcdefghij 2027-01-15T08:00:00Z\n", read),
              "");
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].secret, "abcdefghijklmnopqrst");
    EXPECT_FALSE(read[0].expires);
    EXPECT_EQ(read[1].expires->time_since_epoch().count(), 1'800'000'000);
}

TEST(token_file, says_what_is_wrong_and_no_token) {
    const std::string good = "abcdefghijklmnopqrst";
    for (const auto& each : {std::string(), std::string("# none\n"), std::string("short"), std::string(257, 'a'),
                             good + "!", good + " tomorrow", good + " 2027-02-31T00:00:00Z",
                             good + " 2027-1-1T00:00:00Z", good + " 2027-01-15T08:00:00Z and more"}) {
        std::vector<admin_token> read;
        const auto problem = parse_tokens(each, read);
        EXPECT_FALSE(problem.empty()) << each;
        EXPECT_THAT(problem, Not(HasSubstr(good)));
        EXPECT_TRUE(read.empty());
    }
}

}  // namespace
}  // namespace portcullis::config
