#include "proxy/net/takeover_message.hpp"

#include <gtest/gtest.h>

namespace portcullis::net {
namespace {

const takeover_message every_kind[] = {takeover_hello{},
                                       takeover_offer{4711, "ggmg"},
                                       takeover_offer{0, ""},
                                       takeover_ready{},
                                       takeover_grant{4294967295},
                                       takeover_refusal{"the gate ends"},
                                       takeover_grant{7, {{"default", "10.0.0.1:3306"}}},
                                       takeover_grant{7, {{"a b/\n\xff", "/run/an aggregator"}, {"", ""}}}};

TEST(takeover_message, is_read_as_it_was_written) {
    for (const auto& each : every_kind) {
        auto line = to_line(each);
        ASSERT_TRUE(line.ends_with('\n'));
        line.pop_back();
        EXPECT_EQ(parse_takeover_message(line), each) << line;
    }
}

TEST(takeover_message, that_is_cut_short_is_never_the_same_message) {
    for (const auto& each : every_kind) {
        const auto line = to_line(each);
        for (std::size_t length = 0; length + 1 < line.size(); ++length)
            EXPECT_NE(parse_takeover_message(line.substr(0, length)), each) << line.substr(0, length);
    }
}

TEST(takeover_message, has_room_for_so_many_drained_aggregators_and_not_one_more) {
    const drained_aggregator each{"default", "[2001:db8::1]:3306"};
    takeover_grant grant{4294967295, std::vector<drained_aggregator>(5000, each)};
    const auto left_out = fit_into_line(grant);
    EXPECT_EQ(grant.drained.size() + left_out, 5000);
    auto line = to_line(grant);
    ASSERT_LE(line.size(), longest_takeover_grant);
    line.pop_back();
    EXPECT_EQ(parse_takeover_message(line), takeover_message(grant));
    grant.drained.push_back(each);
    EXPECT_GT(to_line(grant).size(), longest_takeover_grant);
    EXPECT_EQ(fit_into_line(grant), 1);
    EXPECT_EQ(fit_into_line(grant), 0);
}

TEST(takeover_message, that_nobody_writes_is_refused) {
    for (const char* each : {"",
                             "ready ",
                             "READY",
                             "ready\n",
                             "portcullis-takeover",
                             "portcullis-takeover ",
                             "portcullis-takeover -1",
                             "portcullis-takeover 01",
                             "portcullis-takeover 4294967296",
                             "portcullis-takeover 1 ",
                             "yours",
                             "yours 0x1",
                             "yours 1 2",
                             "yours 1 ",
                             "yours 1 61",
                             "yours 1 6/61",
                             "yours 1 61/6g",
                             "yours 1 61/6A",
                             "yours 1  61/61",
                             "yours 1 61/61 ",
                             "yours 1 61/61/61",
                             "yours  61/61",
                             "listeners 1",
                             "listeners g",
                             "listeners 1 x",
                             "listeners 1 gg ",
                             "listeners  1 g",
                             "refused\tno",
                             "refused a\x7f",
                             "GET / HTTP/1.1"})
        EXPECT_FALSE(parse_takeover_message(each)) << each;
    EXPECT_FALSE(parse_takeover_message("refused " + std::string(longest_takeover_line, 'x')));
    EXPECT_FALSE(parse_takeover_message(std::string_view("ready\0", 6)));
}

}  // namespace
}  // namespace portcullis::net
