#include "proxy/gate/limits.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string_view>
#include <thread>
#include <vector>

namespace portcullis::gate {
namespace {

client_origin from(std::string_view address) {
    return {config::ip_address::parse(address).value()};
}
const client_origin unix_socket{};

std::shared_ptr<limits> limits_of(unsigned connections, unsigned unauthenticated, unsigned per_address) {
    config::limits settings;
    settings.max_connections = connections;
    settings.max_unauthenticated = unauthenticated;
    settings.max_connections_per_address = per_address;
    return limits::create(settings);
}

TEST(limits, refuse_the_connection_above_the_maximum_and_take_it_once_one_has_ended) {
    const auto counted = limits_of(2, 9, 0);
    permit a;
    permit b;
    permit c;
    EXPECT_FALSE(counted->take_connection(from("10.0.0.1"), a));
    EXPECT_FALSE(counted->take_connection(unix_socket, b));
    EXPECT_EQ(counted->take_connection(from("10.0.0.2"), c), limit_reached::max_connections);
    EXPECT_FALSE(c);
    EXPECT_EQ(counted->connections(), 2U);
    a.release();
    EXPECT_FALSE(counted->take_connection(from("10.0.0.2"), c));
    EXPECT_TRUE(c);
}

TEST(limits, count_those_that_have_not_logged_in) {
    const auto counted = limits_of(9, 1, 0);
    permit a;
    permit b;
    EXPECT_FALSE(counted->take_unauthenticated(a));
    EXPECT_EQ(counted->take_unauthenticated(b), limit_reached::max_unauthenticated);
    EXPECT_EQ(counted->unauthenticated(), 1U);
    a.release();
    EXPECT_EQ(counted->unauthenticated(), 0U);
    EXPECT_FALSE(counted->take_unauthenticated(b));
}

TEST(limits, count_per_address_and_a_refused_one_is_not_counted_in_all) {
    const auto counted = limits_of(9, 9, 1);
    permit a;
    permit b;
    permit c;
    EXPECT_FALSE(counted->take_connection(from("10.0.0.1"), a));
    EXPECT_EQ(counted->take_connection(from("::ffff:10.0.0.1"), b), limit_reached::max_connections_per_address);
    EXPECT_EQ(counted->connections(), 1U);
    EXPECT_FALSE(counted->take_connection(from("10.0.0.2"), b));
    a.release();
    EXPECT_FALSE(counted->take_connection(from("10.0.0.1"), c));
}

TEST(limits, unix_clients_have_no_address_to_be_counted_by) {
    const auto counted = limits_of(9, 9, 1);
    permit a;
    permit b;
    EXPECT_FALSE(counted->take_connection(unix_socket, a));
    EXPECT_FALSE(counted->take_connection(unix_socket, b));
}

TEST(limits, count_sessions_of_an_account_against_its_own_maximum) {
    const auto counted = limits_of(9, 9, 0);
    permit a;
    permit b;
    permit other;
    EXPECT_FALSE(counted->take_user("'app'@'%'", 1, a));
    EXPECT_EQ(counted->take_user("'app'@'%'", 1, b), limit_reached::max_user_connections);
    EXPECT_FALSE(counted->take_user("'app'@'10.%'", 1, other));
    EXPECT_FALSE(counted->take_user("'app'@'%'", 2, b));
    a.release();
    b.release();
    EXPECT_FALSE(counted->take_user("'app'@'%'", 1, a));
}

TEST(limits, an_account_without_a_maximum_is_not_counted) {
    const auto counted = limits_of(9, 9, 0);
    permit held;
    EXPECT_FALSE(counted->take_user("'app'@'%'", 0, held));
    EXPECT_FALSE(held);
}

TEST(limits, changing_the_user_gives_the_old_accounts_place_back) {
    const auto counted = limits_of(9, 9, 0);
    permit held;
    permit other;
    ASSERT_FALSE(counted->take_user("a", 1, held));
    ASSERT_FALSE(counted->take_user("b", 1, held));
    EXPECT_FALSE(counted->take_user("a", 1, other));
    EXPECT_EQ(counted->take_user("b", 1, other), limit_reached::max_user_connections);
    ASSERT_FALSE(counted->take_user("c", 0, held));
    EXPECT_FALSE(counted->take_user("b", 1, other));
}

TEST(limits, a_refused_change_of_user_leaves_the_old_permit_alone) {
    const auto counted = limits_of(9, 9, 0);
    permit held;
    permit full;
    permit other;
    ASSERT_FALSE(counted->take_user("a", 1, held));
    ASSERT_FALSE(counted->take_user("b", 1, full));
    EXPECT_EQ(counted->take_user("b", 1, held), limit_reached::max_user_connections);
    EXPECT_TRUE(held);
    EXPECT_EQ(counted->take_user("a", 1, other), limit_reached::max_user_connections);
}

TEST(limits, changing_to_the_user_that_one_is_takes_no_second_place) {
    const auto counted = limits_of(9, 9, 0);
    permit held;
    permit other;
    ASSERT_FALSE(counted->take_user("a", 1, held));
    EXPECT_FALSE(counted->take_user("a", 1, held));
    EXPECT_EQ(counted->take_user("a", 1, other), limit_reached::max_user_connections);
    held.release();
    EXPECT_FALSE(counted->take_user("a", 1, other));
}

TEST(limits, a_permit_gives_back_once_however_it_travels) {
    const auto counted = limits_of(9, 9, 3);
    {
        permit a;
        ASSERT_FALSE(counted->take_connection(from("10.0.0.1"), a));
        permit b(std::move(a));
        EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move): a moved-from permit holds nothing, by contract
        permit c;
        ASSERT_FALSE(counted->take_connection(from("10.0.0.2"), c));
        c = std::move(b);
        EXPECT_EQ(counted->connections(), 1U);
        auto& alias = c;
        c = std::move(alias);
        EXPECT_TRUE(c);
        c.release();
        c.release();
        EXPECT_EQ(counted->connections(), 0U);
    }
    EXPECT_EQ(counted->connections(), 0U);
}

TEST(limits, outlive_whoever_made_them_while_a_permit_is_held) {
    permit held;
    {
        const auto counted = limits_of(1, 1, 1);
        ASSERT_FALSE(counted->take_connection(from("10.0.0.1"), held));
    }
    held.release();
}

TEST(limits, many_threads_never_pass_a_maximum_and_leave_nothing_counted) {
    constexpr unsigned maximum = 5;
    const auto counted = limits_of(maximum, maximum, 2);
    std::atomic<bool> passed_it{false};
    const auto work = [&](unsigned seed) {
        for (unsigned i = 0; i < 3000; ++i) {
            permit connection;
            permit unauthenticated;
            permit user;
            const auto client = from((seed + i) % 2 == 0 ? "10.0.0.1" : "10.0.0.2");
            (void)counted->take_connection(client, connection);
            (void)counted->take_unauthenticated(unauthenticated);
            (void)counted->take_user(i % 2 == 0 ? "a" : "b", 2, user);
            if (counted->connections() > maximum || counted->unauthenticated() > maximum) passed_it = true;
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 8; ++i) threads.emplace_back(work, i);
    for (auto& each : threads) each.join();
    EXPECT_FALSE(passed_it);
    EXPECT_EQ(counted->connections(), 0U);
    EXPECT_EQ(counted->unauthenticated(), 0U);
    permit a;
    permit b;
    EXPECT_FALSE(counted->take_user("a", 1, a));
    EXPECT_FALSE(counted->take_connection(from("10.0.0.1"), b));
}

}  // namespace
}  // namespace portcullis::gate
