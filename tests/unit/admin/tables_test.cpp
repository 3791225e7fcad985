// Replies as people read them.
#include "proxy/admin/tables.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace portcullis::admin {
namespace {

TEST(tables, columns_are_as_wide_as_their_widest_cell) {
    EXPECT_EQ(aligned({{"A", "LONGER"}, {"xyz", "1"}, {"\xc3\xa4", "2"}}), "A    LONGER\nxyz  1\n\xc3\xa4    2\n");
}

TEST(tables, a_terminal_is_told_nothing_by_a_strangers_name) {
    EXPECT_EQ(aligned({{"a\x1b[2J\n", "b"}}), "a?[2J?  b\n");
}

TEST(tables, bans) {
    EXPECT_EQ(as_table("bans", boost::json::parse(R"({"bans":[]})")), "no bans\n");
    EXPECT_EQ(as_table("bans", boost::json::parse(R"({"bans":[{"network":"192.0.2.1","seconds_left":61.5}]})")),
              "NETWORK    LEFT\n192.0.2.1  1m 1s\n");
}

TEST(tables, what_they_do_not_know_is_shown_as_it_is) {
    EXPECT_EQ(as_table("sessions", boost::json::parse(R"({"other":1})")), "{\"other\":1}\n");
    EXPECT_EQ(as_table("nothing", boost::json::parse("[1]")), "[1]\n");
}

TEST(tables, durations_have_two_units_at_most) {
    EXPECT_EQ(duration_in_words(0), "0s");
    EXPECT_EQ(duration_in_words(59.9), "59s");
    EXPECT_EQ(duration_in_words(3600), "1h");
    EXPECT_EQ(duration_in_words(93784), "1d 2h");
}

TEST(tables, sizes_are_binary) {
    EXPECT_EQ(size_in_words(0), "0 B");
    EXPECT_EQ(size_in_words(1023), "1023 B");
    EXPECT_EQ(size_in_words(1536), "1.5 KiB");
    EXPECT_EQ(size_in_words(1024.0 * 1024 * 1024 * 1024), "1.0 TiB");
}

}  // namespace
}  // namespace portcullis::admin
