#include "bench/gate/statement.hpp"

#include "protocol/infile_watch.hpp"

#include <gtest/gtest.h>

namespace portcullis::bench {
namespace {

std::string_view statement_of(protocol::bytes_view packet) {
    return protocol::as_text(packet.subspan(protocol::packet_header_size + 1));
}

TEST(statement, of_a_query_has_50_bytes_and_its_answer_about_120) {
    const auto packet = ask_for(60);
    EXPECT_EQ(statement_of(packet).size(), 50U);
    const auto plan = understand(statement_of(packet));
    EXPECT_TRUE(plan.result);
    EXPECT_EQ(plan.answer, 60U);
    EXPECT_NEAR(static_cast<double>(write_reply(plan).size()), 120, 5);
}

TEST(statement, that_brings_data_has_the_size_asked_for_and_is_answered_by_ok) {
    const auto packet = bring(100'000);
    EXPECT_EQ(statement_of(packet).size(), 100'000U);
    const auto plan = understand(statement_of(packet).substr(0, 64));
    EXPECT_FALSE(plan.result);
    EXPECT_EQ(write_reply(plan).size(), 11U);
}

TEST(statement, of_another_kind_gets_a_short_answer) {
    for (const std::string_view text : {"SELECT 1", "", "SELECT REPEAT('p', ", "SELECT REPEAT('p', x) AS answer"})
        EXPECT_TRUE(understand(text).result) << text;
    EXPECT_LT(write_reply(understand("SELECT REPEAT('p', 99999999999) AS answer")).size(), std::size_t{1} << 24U);
}

TEST(statement, has_a_reply_that_ends_where_the_protocol_says) {
    for (const std::size_t answer : {0UL, 1UL, 250UL, 251UL, 70'000UL, 8UL * 1024 * 1024}) {
        protocol::infile_watch replies(0);
        replies.expect_reply_to(3);
        replies.client_packet(0);
        const auto reply = write_reply({true, answer});
        replies.feed(protocol::bytes_view(reply).first(reply.size() - 1));
        EXPECT_FALSE(replies.replied());
        replies.feed(protocol::bytes_view(reply).last(1));
        EXPECT_TRUE(replies.replied()) << answer;
    }
}

}  // namespace
}  // namespace portcullis::bench
