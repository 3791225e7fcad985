#include "proxy/gate/address_rules.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace portcullis::gate {
namespace {

client_origin from(std::string_view address) {
    return {config::ip_address::parse(address).value()};
}

std::vector<config::network> networks(std::initializer_list<std::string_view> texts) {
    std::vector<config::network> out;
    for (const auto each : texts) out.push_back(config::network::parse(each).value());
    return out;
}

TEST(address_rules, everybody_may_connect_where_nothing_is_said) {
    const config::listener open;
    EXPECT_TRUE(may_connect(from("192.0.2.7"), open));
    EXPECT_TRUE(may_connect(from("2001:db8::1"), open));
}

TEST(address_rules, an_allow_list_closes_the_listener_to_all_others) {
    config::listener listener;
    listener.allow_from = networks({"10.0.0.0/8", "2001:db8::/32"});
    EXPECT_TRUE(may_connect(from("10.1.2.3"), listener));
    EXPECT_TRUE(may_connect(from("::ffff:10.1.2.3"), listener));
    EXPECT_TRUE(may_connect(from("2001:db8::1"), listener));
    EXPECT_FALSE(may_connect(from("192.0.2.7"), listener));
    EXPECT_FALSE(may_connect(from("2001:db9::1"), listener));
}

TEST(address_rules, deny_wins) {
    config::listener listener;
    listener.allow_from = networks({"10.0.0.0/8"});
    listener.deny_from = networks({"10.9.0.0/16", "10.1.2.3"});
    EXPECT_TRUE(may_connect(from("10.8.0.1"), listener));
    EXPECT_FALSE(may_connect(from("10.9.0.1"), listener));
    EXPECT_FALSE(may_connect(from("10.1.2.3"), listener));
    listener.allow_from = listener.deny_from;
    EXPECT_FALSE(may_connect(from("10.9.0.1"), listener));
}

TEST(address_rules, denying_all_of_ipv6_leaves_ipv4_alone) {
    config::listener listener;
    listener.deny_from = networks({"::/0"});
    EXPECT_FALSE(may_connect(from("2001:db8::1"), listener));
    EXPECT_TRUE(may_connect(from("10.0.0.1"), listener));
    EXPECT_TRUE(may_connect(from("::ffff:10.0.0.1"), listener));
}

TEST(address_rules, a_unix_client_is_never_concerned) {
    config::listener listener;
    listener.allow_from = networks({"10.0.0.0/8"});
    listener.deny_from = networks({"0.0.0.0/0", "::/0"});
    EXPECT_TRUE(may_connect(client_origin{}, listener));
}

}  // namespace
}  // namespace portcullis::gate
