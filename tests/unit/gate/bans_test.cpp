#include "proxy/gate/bans.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <thread>
#include <vector>

namespace portcullis::gate {
namespace {

using namespace std::chrono_literals;

const ban_clock::time_point start{1h};

client_origin from(std::string_view address) {
    return {config::ip_address::parse(address).value()};
}

config::limits three_in_a_minute() {
    config::limits settings;
    settings.ban_after = 3;
    settings.ban_window = 60s;
    settings.ban_time = 300s;
    return settings;
}

/// Whether the last of `times` failures at `when` bans.
bool fails(bans& all, std::string_view address, unsigned times, ban_clock::time_point when = start) {
    bool banned = false;
    for (unsigned i = 0; i < times; ++i) banned = all.count_failure(from(address), when).has_value();
    return banned;
}

TEST(bans, begin_with_the_failure_that_is_one_too_many_and_end_by_themselves) {
    bans all(three_in_a_minute());
    EXPECT_FALSE(fails(all, "192.0.2.7", 2));
    EXPECT_FALSE(all.is_banned(from("192.0.2.7"), start));
    const auto made = all.count_failure(from("192.0.2.7"), start + 5s);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->until, start + 305s);
    EXPECT_EQ(made->network.to_string(), "192.0.2.7");
    EXPECT_TRUE(all.is_banned(from("192.0.2.7"), start + 304s));
    EXPECT_FALSE(all.is_banned(from("192.0.2.7"), start + 305s));
    EXPECT_FALSE(fails(all, "192.0.2.7", 2, start + 306s)) << "the count began anew";
}

TEST(bans, are_of_one_address) {
    bans all(three_in_a_minute());
    EXPECT_TRUE(fails(all, "192.0.2.7", 3));
    EXPECT_FALSE(all.is_banned(from("192.0.2.8"), start));
    EXPECT_TRUE(all.is_banned(from("::ffff:192.0.2.7"), start));
}

TEST(bans, of_ipv6_are_of_the_64_around_the_address) {
    bans all(three_in_a_minute());
    fails(all, "2001:db8::1", 1);
    fails(all, "2001:db8::2", 1);
    EXPECT_TRUE(fails(all, "2001:db8::ffff:ffff:ffff:ffff", 1));
    EXPECT_TRUE(all.is_banned(from("2001:db8::3"), start));
    EXPECT_FALSE(all.is_banned(from("2001:db8:0:1::1"), start));
    ASSERT_EQ(all.list(start).size(), 1U);
    EXPECT_EQ(all.list(start)[0].network.to_string(), "2001:db8::/64");
}

TEST(bans, count_failures_of_one_window_only) {
    bans all(three_in_a_minute());
    fails(all, "192.0.2.7", 2);
    EXPECT_FALSE(fails(all, "192.0.2.7", 2, start + 61s));
    EXPECT_TRUE(fails(all, "192.0.2.7", 1, start + 62s));
}

TEST(bans, are_not_prolonged_by_failures_under_way) {
    bans all(three_in_a_minute());
    EXPECT_TRUE(fails(all, "192.0.2.7", 3));
    EXPECT_FALSE(fails(all, "192.0.2.7", 9, start + 200s));
    EXPECT_FALSE(all.is_banned(from("192.0.2.7"), start + 300s));
}

TEST(bans, never_meet_a_unix_socket) {
    bans all(three_in_a_minute());
    for (int i = 0; i < 9; ++i) EXPECT_FALSE(all.count_failure({}, start));
    EXPECT_FALSE(all.is_banned({}, start));
}

TEST(bans, are_off_by_default) {
    bans all(config::limits{});
    EXPECT_FALSE(fails(all, "192.0.2.7", 1000));
    EXPECT_FALSE(all.is_banned(from("192.0.2.7"), start));
    EXPECT_TRUE(all.list(start).empty());
}

TEST(bans, can_be_lifted_one_by_one_and_all_together) {
    bans all(three_in_a_minute());
    for (const auto* each : {"192.0.2.7", "192.0.2.8", "2001:db8::1"}) fails(all, each, 3);
    fails(all, "192.0.2.9", 2);
    EXPECT_EQ(all.list(start).size(), 3U);
    EXPECT_TRUE(all.lift(from("2001:db8::9").address.value(), start));
    EXPECT_FALSE(all.lift(from("192.0.2.9").address.value(), start)) << "it was not banned";
    EXPECT_FALSE(fails(all, "192.0.2.9", 2)) << "its failures were forgotten nevertheless";
    EXPECT_EQ(all.lift_all(start), 2U);
    EXPECT_FALSE(all.is_banned(from("192.0.2.7"), start));
    EXPECT_TRUE(all.list(start).empty());
}

TEST(bans, remember_no_more_than_they_may_and_forget_the_oldest_failure) {
    bans all(three_in_a_minute(), 2);
    fails(all, "192.0.2.1", 3);
    fails(all, "192.0.2.2", 3, start + 1s);
    fails(all, "192.0.2.1", 1, start + 2s);
    fails(all, "192.0.2.3", 3, start + 3s);
    EXPECT_TRUE(all.is_banned(from("192.0.2.1"), start + 4s));
    EXPECT_FALSE(all.is_banned(from("192.0.2.2"), start + 4s));
    EXPECT_TRUE(all.is_banned(from("192.0.2.3"), start + 4s));
}

TEST(bans, can_be_counted_and_asked_about_by_several_threads) {
    bans all(three_in_a_minute(), 64);
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < 4; ++thread)
        threads.emplace_back([&all, thread] {
            for (unsigned i = 0; i < 500; ++i) {
                const auto who = from("10.0." + std::to_string(thread) + "." + std::to_string(i % 100));
                all.count_failure(who, start);
                static_cast<void>(all.is_banned(who, start));
                if (i % 50 == 0) all.lift_all(start);
            }
        });
    for (auto& each : threads) each.join();
    EXPECT_LE(all.list(start).size(), 64U);
}

}  // namespace
}  // namespace portcullis::gate
