#include "protocol/connect_attributes.hpp"

#include "captures/clients.hpp"
#include "captures/hex.hpp"
#include "protocol/handshake_response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace portcullis::protocol {

namespace {

using testing::ElementsAre;

/// Names and values of their own: what was parsed are views.
using texts = std::vector<std::pair<std::string, std::string>>;

texts texts_of(const std::vector<connect_attribute>& attributes) {
    texts out;
    for (const auto& each : attributes) out.emplace_back(each.name, each.value);
    return out;
}

texts entries_of(const bytes& block) {
    return texts_of(parse_connect_attributes(block).entries);
}

texts::value_type text(const connect_attribute& attribute) {
    return {std::string(attribute.name), std::string(attribute.value)};
}

const std::vector<connect_attribute> three{{"_os", "Linux"}, {"program_name", ""}, {"", "nameless"}};
const std::vector<connect_attribute> ours{{"_client_ip", "192.0.2.7"}};
constexpr std::array<std::string_view, 2> reserved{"_client_ip", "_client_ssl_cipher"};

TEST(connect_attributes, read_as_they_were_written) {
    const auto block = serialize_connect_attributes(three);
    const auto read = parse_connect_attributes(block);
    EXPECT_TRUE(read.whole);
    EXPECT_EQ(texts_of(read.entries), texts_of(three));
    EXPECT_TRUE(parse_connect_attributes({}).whole);
    EXPECT_TRUE(parse_connect_attributes({}).entries.empty());
}

TEST(connect_attributes, of_real_clients_are_whole) {
    for (const auto& [wire, name] : {std::pair{captures::mariadb_client_to_mariadb_in_tls, "libmariadb"},
                                     std::pair{captures::mysql_client_to_mysql_lts_in_tls, "libmysql"}}) {
        const auto payload = captures::from_hex(wire);
        const auto login = parse_handshake_response(payload, true).value();
        EXPECT_TRUE(parse_connect_attributes(login.connect_attributes).whole) << name;
        EXPECT_EQ(find_connect_attribute(login.connect_attributes, "_client_name"), name);
    }
}

TEST(connect_attributes, with_long_values_have_longer_lengths) {
    const std::string value(300, 'x');
    const auto block = serialize_connect_attributes(std::vector<connect_attribute>{{"n", value}});
    EXPECT_EQ(block.size(), 1 + 1 + 3 + 300U);
    EXPECT_EQ(entries_of(block).at(0).second, value);
}

TEST(connect_attributes, cut_anywhere_are_those_before_the_cut) {
    const auto block = serialize_connect_attributes(three);
    for (std::size_t size = 0; size < block.size(); ++size) {
        const bytes beginning(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(size));
        const auto read = parse_connect_attributes(beginning);
        const auto written = serialize_connect_attributes(read.entries);
        EXPECT_LE(written.size(), size);
        EXPECT_TRUE(std::equal(written.begin(), written.end(), beginning.begin())) << size;
        EXPECT_EQ(read.whole, written.size() == size) << size;
    }
}

TEST(connect_attributes, end_at_a_length_that_is_none) {
    const bytes broken{1, 'a', 1, 'b', 0xff, 1, 'c', 1, 'd'};
    EXPECT_FALSE(parse_connect_attributes(broken).whole);
    EXPECT_THAT(entries_of(broken), ElementsAre(text({"a", "b"})));
    EXPECT_FALSE(parse_connect_attributes(bytes{1, 'a', 0xfb}).whole);
    EXPECT_FALSE(parse_connect_attributes(bytes{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}).whole);
}

TEST(connect_attributes, are_found_by_their_name) {
    const auto block = serialize_connect_attributes(three);
    EXPECT_EQ(find_connect_attribute(block, "_os"), "Linux");
    EXPECT_EQ(find_connect_attribute(block, "program_name"), "");
    EXPECT_EQ(find_connect_attribute(block, "_OS"), std::nullopt);
}

TEST(own_attributes, come_first) {
    const auto block = with_own_attributes(serialize_connect_attributes(three), ours, reserved);
    EXPECT_THAT(entries_of(block), ElementsAre(text(ours[0]), text(three[0]), text(three[1]), text(three[2])));
}

TEST(own_attributes, take_the_place_of_the_clients_lies) {
    const std::vector<connect_attribute> lies{
        {"_client_ip", "10.0.0.1"},       {"_os", "Linux"},
        {"_CLIENT_IP", "10.0.0.2"},       {std::string_view("_client_ip \0", 12), "10.0.0.3"},
        {"_client_ssl_cipher", "forged"}, {"_client_ips", "kept"}};
    const auto block = with_own_attributes(serialize_connect_attributes(lies), ours, reserved);
    EXPECT_THAT(entries_of(block), ElementsAre(text(ours[0]), text(lies[1]), text(lies[5])));
}

TEST(own_attributes, stand_alone_where_the_client_sent_none_or_nonsense) {
    EXPECT_THAT(entries_of(with_own_attributes({}, ours, reserved)), ElementsAre(text(ours[0])));
    EXPECT_THAT(entries_of(with_own_attributes(bytes{0xff, 1, 2}, ours, reserved)), ElementsAre(text(ours[0])));
}

TEST(own_attributes, leave_out_what_would_be_more_than_a_server_takes) {
    const std::string large(max_connect_attributes - 3 - 2 - 3 - 2, 'x');  // with "a": exactly what a server takes
    const std::vector<connect_attribute> full{{"a", large}, {"b", "1"}};
    const auto block = serialize_connect_attributes(full);
    EXPECT_LE(block.size(), max_connect_attributes);
    EXPECT_THAT(entries_of(with_own_attributes(block, {}, reserved)), ElementsAre(text(full[0]), text(full[1])));
    EXPECT_THAT(entries_of(with_own_attributes(block, ours, reserved)), ElementsAre(text(ours[0])));
    const std::vector<connect_attribute> small_first{{"b", "1"}, {"a", large}};
    EXPECT_THAT(entries_of(with_own_attributes(serialize_connect_attributes(small_first), ours, reserved)),
                ElementsAre(text(ours[0]), text(small_first[0])));
}

}  // namespace
}  // namespace portcullis::protocol
