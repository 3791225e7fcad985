#include "proxy/config/address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace portcullis::config {
namespace {

std::string printed(std::string_view text) {
    const auto address = ip_address::parse(text);
    return address ? address->to_string() : "none";
}

std::string network_printed(std::string_view text) {
    const auto net = network::parse(text);
    return net ? net->to_string() : "none";
}

std::string endpoint_printed(std::string_view text) {
    const auto where = endpoint::parse(text);
    return where ? where->to_string() : "none";
}

TEST(ip_address, prints_one_spelling_for_each_address) {
    EXPECT_EQ(printed("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(printed("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
    EXPECT_EQ(printed("::"), "::");
    EXPECT_EQ(printed("::ffff:192.0.2.7"), "192.0.2.7");
}

TEST(ip_address, refuses_what_is_none) {
    for (const auto* text : {"", " ", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "::1%lo", "[::1]",
                             ":::", "12345::", "localhost", "0x7f.1", "1.2.3.4/8"})
        EXPECT_EQ(printed(text), "none") << text;
    EXPECT_EQ(printed(std::string(10'000, ':')), "none");
    EXPECT_FALSE(ip_address::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(ip_address, a_mapped_address_equals_its_ipv4_form) {
    EXPECT_EQ(ip_address::parse("::ffff:10.0.0.1"), ip_address::parse("10.0.0.1"));
    EXPECT_NE(ip_address::parse("::10.0.0.1"), ip_address::parse("10.0.0.1"));
    EXPECT_TRUE(ip_address::parse("::ffff:10.0.0.1")->is_v4());
    EXPECT_FALSE(ip_address::parse("::1")->is_v4());
}

TEST(ip_address, knows_loopback_in_both_families) {
    for (const auto* text : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"})
        EXPECT_TRUE(ip_address::parse(text)->is_loopback()) << text;
    for (const auto* text : {"128.0.0.1", "126.255.255.255", "::2", "1::1", "::", "0.0.0.1"})
        EXPECT_FALSE(ip_address::parse(text)->is_loopback()) << text;
}

TEST(network, prints_as_it_is_written) {
    for (const auto* text : {"10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.0.2.7", "::1", "10.1.2.0/23"})
        EXPECT_EQ(network_printed(text), text);
    EXPECT_EQ(network_printed("192.0.2.7/32"), "192.0.2.7");
    EXPECT_EQ(network_printed("::1/128"), "::1");
    EXPECT_EQ(network_printed("::ffff:10.0.0.0/104"), "10.0.0.0/8");
}

TEST(network, refuses_bits_behind_the_prefix_and_prefixes_beyond_the_address) {
    for (const auto* text : {"10.0.0.1/8", "10.128.0.0/8", "10.1.2.1/23", "0.0.0.1/0", "2001:db8::1/64", "10.0.0.0/33",
                             "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8 ",
                             "10.0.0.0/8/8", "/8", "", "10.0.0.0/255.0.0.0", "::ffff:10.0.0.0/8"})
        EXPECT_EQ(network_printed(text), "none") << text;
}

TEST(network, contains_what_shares_its_prefix) {
    const auto contains = [](std::string_view net, std::string_view address) {
        return network::parse(net)->contains(*ip_address::parse(address));
    };
    EXPECT_TRUE(contains("10.1.2.0/23", "10.1.3.255"));
    EXPECT_FALSE(contains("10.1.2.0/23", "10.1.4.0"));
    EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.9.9.9"));
    EXPECT_TRUE(contains("0.0.0.0/0", "255.255.255.255"));
    EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::"));
    EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::"));
    EXPECT_TRUE(contains("192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(contains("192.0.2.7", "192.0.2.6"));
}

TEST(network, families_do_not_mix) {
    EXPECT_FALSE(network::parse("::/0")->contains(*ip_address::parse("10.0.0.1")));
    EXPECT_FALSE(network::parse("0.0.0.0/0")->contains(*ip_address::parse("::1")));
    EXPECT_FALSE(network::parse("::/80")->contains(*ip_address::parse("10.0.0.1")));
}

TEST(endpoint, prints_as_it_is_written) {
    for (const auto* text : {"0.0.0.0:3306", "[::]:3306", "[2001:db8::1]:1", "db-1.example.com:65535", "db_1:3306",
                             "unix:/run/portcullis/mysql.sock"})
        EXPECT_EQ(endpoint_printed(text), text);
    EXPECT_EQ(endpoint_printed("[2001:DB8:0::1]:1"), "[2001:db8::1]:1");
}

TEST(endpoint, keeps_host_port_and_path_apart) {
    const auto tcp = endpoint::parse("[::1]:3306").value();
    EXPECT_EQ(tcp.host, "::1");
    EXPECT_EQ(tcp.port, 3306);
    EXPECT_FALSE(tcp.is_unix());
    const auto local = endpoint::parse("unix:/run/a:3306").value();
    EXPECT_EQ(local.unix_path, "/run/a:3306");
    EXPECT_TRUE(local.host.empty());
    EXPECT_TRUE(local.is_unix());
}

TEST(endpoint, refuses_what_could_not_be_listened_on_or_dialled) {
    for (const auto* text : {"",
                             "db1",
                             "db1:",
                             ":3306",
                             "db1:0",
                             "db1:65536",
                             "db1:-1",
                             "db1:+1",
                             "db1:3306x",
                             "db1: 3306",
                             "::1:3306",
                             "[::1]",
                             "[::1]3306",
                             "[::1:3306",
                             "[10.0.0.1]:3306",
                             "[db1]:3306",
                             "unix:",
                             "10.0.0:3306",
                             "256.0.0.1:3306",
                             "d b:3306",
                             "db/1:3306",
                             "http://db1:3306",
                             "[]:3306"})
        EXPECT_EQ(endpoint_printed(text), "none") << text;
}

}  // namespace
}  // namespace portcullis::config
