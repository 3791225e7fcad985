#include "proxy/gate/host_pattern.hpp"

#include "proxy/gate/accounts.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace portcullis::gate {
namespace {

client_origin from(std::string_view address) {
    return {config::ip_address::parse(address).value()};
}
const client_origin unix_socket{};

bool matches(std::string_view pattern, const client_origin& client) {
    return host_pattern::parse(pattern).value().matches(client);
}

/// Each of the list is tried before the next.
void expect_order(std::initializer_list<std::string_view> patterns) {
    for (const auto* a = patterns.begin(); a != patterns.end(); ++a) {
        for (const auto* b = a + 1; b != patterns.end(); ++b) {
            EXPECT_TRUE(host_pattern::parse(*a)->more_specific_than(*host_pattern::parse(*b))) << *a << " / " << *b;
            EXPECT_FALSE(host_pattern::parse(*b)->more_specific_than(*host_pattern::parse(*a))) << *b << " / " << *a;
        }
    }
}

TEST(host_pattern, percent_and_the_empty_host_match_everybody) {
    for (const auto* pattern : {"%", "", "%%"}) {
        EXPECT_TRUE(matches(pattern, from("192.0.2.7"))) << pattern;
        EXPECT_TRUE(matches(pattern, from("2001:db8::1"))) << pattern;
        EXPECT_TRUE(matches(pattern, unix_socket)) << pattern;
    }
}

TEST(host_pattern, an_address_matches_itself_in_every_spelling) {
    EXPECT_TRUE(matches("192.0.2.7", from("192.0.2.7")));
    EXPECT_TRUE(matches("192.0.2.7", from("::ffff:192.0.2.7")));
    EXPECT_TRUE(matches("2001:DB8:0::1", from("2001:db8::1")));
    EXPECT_FALSE(matches("192.0.2.7", from("192.0.2.70")));
    EXPECT_FALSE(matches("192.0.2.7", from("::192.0.2.7")));
    EXPECT_FALSE(matches("127.0.0.1", unix_socket));
}

TEST(host_pattern, wildcards_work_as_in_like) {
    EXPECT_TRUE(matches("10.%", from("10.1.2.3")));
    EXPECT_FALSE(matches("10.%", from("100.1.2.3")));
    EXPECT_FALSE(matches("10.%", from("110.1.2.3")));
    EXPECT_TRUE(matches("192.168.1._", from("192.168.1.7")));
    EXPECT_FALSE(matches("192.168.1._", from("192.168.1.17")));
    EXPECT_TRUE(matches("192.168._.%", from("192.168.3.200")));
    EXPECT_TRUE(matches("%.7", from("192.0.2.7")));
    EXPECT_FALSE(matches("%.7", from("192.0.2.77")));
    EXPECT_TRUE(matches("%.2.%", from("1.2.2.3")));
    EXPECT_TRUE(matches("2001:DB8:%", from("2001:db8::1")));
    EXPECT_FALSE(matches("10.%", unix_socket));
}

TEST(host_pattern, a_mapped_ipv4_client_is_compared_in_its_dotted_form) {
    EXPECT_TRUE(matches("10.%", from("::ffff:10.1.2.3")));
    EXPECT_TRUE(matches("10.0.0.0/8", from("::ffff:10.1.2.3")));
    EXPECT_FALSE(matches("::ffff:%", from("::ffff:10.1.2.3")));
}

TEST(host_pattern, networks_match_by_prefix_or_netmask) {
    EXPECT_TRUE(matches("10.0.0.0/8", from("10.255.255.255")));
    EXPECT_FALSE(matches("10.0.0.0/8", from("11.0.0.0")));
    EXPECT_TRUE(matches("192.58.197.0/255.255.255.0", from("192.58.197.255")));
    EXPECT_FALSE(matches("192.58.197.0/255.255.255.0", from("192.58.198.0")));
    EXPECT_TRUE(matches("192.0.2.128/255.255.255.240", from("192.0.2.143")));
    EXPECT_FALSE(matches("192.0.2.128/255.255.255.240", from("192.0.2.144")));
    EXPECT_TRUE(matches("2001:db8::/32", from("2001:db8:ffff::1")));
    EXPECT_FALSE(matches("2001:db8::/32", from("2001:db9::1")));
    EXPECT_FALSE(matches("0.0.0.0/0", unix_socket));
}

TEST(host_pattern, a_network_of_one_family_holds_no_address_of_the_other) {
    EXPECT_FALSE(matches("::/0", from("10.0.0.1")));
    EXPECT_FALSE(matches("0.0.0.0/0", from("2001:db8::1")));
    EXPECT_TRUE(matches("::/0", from("2001:db8::1")));
    EXPECT_TRUE(matches("0.0.0.0/0", from("10.0.0.1")));
}

TEST(host_pattern, localhost_is_the_unix_socket_and_the_loopback_addresses) {
    for (const auto* pattern : {"localhost", "LOCALHOST", "local%", "l%", "_ocalhost"}) {
        EXPECT_TRUE(matches(pattern, unix_socket)) << pattern;
        EXPECT_TRUE(matches(pattern, from("127.0.0.1"))) << pattern;
        EXPECT_TRUE(matches(pattern, from("127.8.8.8"))) << pattern;
        EXPECT_TRUE(matches(pattern, from("::1"))) << pattern;
        EXPECT_FALSE(matches(pattern, from("192.0.2.7"))) << pattern;
    }
}

TEST(host_pattern, refuses_what_no_client_could_match) {
    for (const auto* pattern :
         {"db.example.com", "%.example.com", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/255.0.255.0", "10.0.0.0/", "/8",
          "10.%/8", "host/8", "10.0.0.256", "::1/129", "2001:db8::/255.0.0.0", "10.0.0.0/08", " ", "local\\%"})
        EXPECT_FALSE(host_pattern::parse(pattern)) << pattern;
}

TEST(host_pattern, more_specific_hosts_come_first_as_in_mysqls_manual) {
    expect_order({"192.0.2.7", "192.0.2.0/24", "192.0.0.0/8", "192.0.2.0/255.255.255.0", "192.0.0.0/255.0.0.0",
                  "192.0.2.%", "192.0.%", "192.%", "1%", "%", ""});
    expect_order({"localhost", "local%", "l%", "%", ""});
    expect_order({"2001:db8::1", "2001:db8::/64", "2001:db8::/32", "2001:db8:%", "2001:%", "%"});
}

TEST(host_pattern, hosts_of_one_rank_have_no_order_among_them) {
    for (const auto& [a, b] : {std::pair{"192.0.2.7", "localhost"}, {"10.%", "11.%"}, {"10.%", "10._"}, {"%", "_%"}}) {
        EXPECT_FALSE(host_pattern::parse(a)->more_specific_than(*host_pattern::parse(b))) << a << b;
        EXPECT_FALSE(host_pattern::parse(b)->more_specific_than(*host_pattern::parse(a))) << a << b;
    }
}

TEST(host_pattern, matching_a_hostile_pattern_takes_no_exponential_time) {
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "%1";
    EXPECT_FALSE(matches(pattern + "2", from("111.111.111.111")));
}

}  // namespace
}  // namespace portcullis::gate
