#include "proxy/cluster/balance.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace {

using portcullis::cluster::candidate;
using portcullis::cluster::choose;
using portcullis::config::balance;

candidate member(unsigned weight, unsigned sessions = 0, bool usable = true, bool tried = false) {
    return {weight, sessions, usable, tried};
}

std::map<std::size_t, int> shares(std::vector<candidate> members, balance policy, int logins, bool keep_sessions) {
    std::map<std::size_t, int> count;
    for (int turn = 0; turn < logins; ++turn) {
        const auto chosen = choose(members, policy, static_cast<std::uint64_t>(turn));
        ++count[*chosen];
        if (keep_sessions) ++members[*chosen].sessions;
    }
    return count;
}

TEST(Balance, LeastConnectionsFollowsTheWeights) {
    const auto count = shares({member(3), member(1)}, balance::least_connections, 400, true);
    EXPECT_EQ(count.at(0), 300);
    EXPECT_EQ(count.at(1), 100);
}

TEST(Balance, LeastConnectionsFillsTheEmptierMember) {
    const std::vector members{member(1, 10), member(1, 2)};
    for (std::uint64_t turn = 0; turn < 8; ++turn) EXPECT_EQ(choose(members, balance::least_connections, turn), 1U);
}

TEST(Balance, EqualMembersTakeTurns) {
    const auto count = shares({member(1), member(1), member(1)}, balance::least_connections, 300, false);
    for (const auto& [index, logins] : count) EXPECT_EQ(logins, 100) << index;
}

TEST(Balance, RoundRobinFollowsTheWeights) {
    const auto count = shares({member(1, 99), member(2)}, balance::round_robin, 300, false);
    EXPECT_EQ(count.at(0), 100);
    EXPECT_EQ(count.at(1), 200);
}

TEST(Balance, FirstAvailableStaysWithTheFirst) {
    EXPECT_EQ(choose(std::vector{member(1, 99), member(9)}, balance::first_available, 7), 0U);
    EXPECT_EQ(choose(std::vector{member(1, 0, false), member(9)}, balance::first_available, 7), 1U);
}

TEST(Balance, AMemberThatLooksUnusableIsTheLastResort) {
    for (const auto policy : {balance::least_connections, balance::round_robin, balance::first_available}) {
        for (std::uint64_t turn = 0; turn < 6; ++turn) {
            EXPECT_EQ(choose(std::vector{member(5, 0, false), member(1, 9)}, policy, turn), 1U);
            EXPECT_EQ(choose(std::vector{member(5, 0, false), member(1, 9, true, true)}, policy, turn), 0U);
        }
    }
}

TEST(Balance, NobodyIsTriedTwice) {
    const std::vector members{member(1, 0, true, true), member(1, 0, false, true)};
    EXPECT_EQ(choose(members, balance::least_connections, 0), std::nullopt);
    EXPECT_EQ(choose(std::vector<candidate>{}, balance::round_robin, 0), std::nullopt);
}

}  // namespace
