#include "proxy/config/duration.hpp"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

using namespace std::chrono_literals;

TEST(duration, has_a_unit_or_several_the_larger_first) {
    EXPECT_EQ(parse_duration("500ms"), 500ms);
    EXPECT_EQ(parse_duration("10s"), 10s);
    EXPECT_EQ(parse_duration("3m"), 3min);
    EXPECT_EQ(parse_duration("8h"), 8h);
    EXPECT_EQ(parse_duration("2d"), 48h);
    EXPECT_EQ(parse_duration("1m30s"), 90s);
    EXPECT_EQ(parse_duration("1d2h3m4s5ms"), 26h + 3min + 4s + 5ms);
    EXPECT_EQ(parse_duration("1s500ms"), 1500ms);
    EXPECT_EQ(parse_duration("0s"), 0ms);
    EXPECT_EQ(parse_duration("0010s"), 10s);
}

TEST(duration, is_nothing_else) {
    for (const auto* text : {"",      "10",   "s",    "ms",   "10 s",  " 10s", "10s ", "-10s",   "+10s", "1.5s", "10S",
                             "10sec", "10us", "1s1m", "1s1s", "1ms1s", "10s5", "1w",   "1m 30s", "10ss", "\n10s"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(duration, ends_at_a_year) {
    EXPECT_EQ(parse_duration("365d"), longest_duration);
    for (const auto* text :
         {"366d", "365d1ms", "8761h", "9999999999s", "99999999999999999999h", "4294967295d", "18446744073709551616ms"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace portcullis::config
