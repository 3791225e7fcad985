#include "certs/alternative_name.hpp"

#include "certs/error.hpp"
#include "certs/printable.hpp"

#include <gtest/gtest.h>

#include <array>

namespace portcullis::certs {
namespace {

TEST(AlternativeNames, AreNamesOrAddresses) {
    for (const auto* text :
         {"db1", "db1.example.com", "*.example.com", "a_b.example", "xn--kln-sna.de", "DNS:db1", "1a.b"})
        EXPECT_EQ(parse_alternative_name(text).value().kind, alternative_name::type::dns) << text;
    for (const auto* text : {"10.0.0.1", "::1", "[::1]", "IP:fe80::1", "2001:db8::7"})
        EXPECT_EQ(parse_alternative_name(text).value().kind, alternative_name::type::ip) << text;
    EXPECT_EQ(parse_alternative_name("[::1]").value().text, "::1");
    EXPECT_EQ(parse_alternative_name("10.0.0.1").value().bytes, std::string("\x0A\x00\x00\x01", 4));
}

TEST(AlternativeNames, RefuseSlipsOfThePen) {
    using namespace std::string_literals;
    const std::array texts = {""s,
                              "10.0.0.300"s,
                              "a..b"s,
                              ".a"s,
                              "a."s,
                              "*"s,
                              "*.com"s,
                              "a.*.com"s,
                              "-a.b"s,
                              "a b"s,
                              "a/b"s,
                              "::g"s,
                              "[db1]"s,
                              "IP:db1"s,
                              "k\xC3\xB6ln.de"s,
                              "a,DNS:b"s,
                              "10.0.0.1\0x"s,
                              std::string(64, 'a'),
                              "fe80::1%eth0"s};
    for (const auto& text : texts) {
        const auto name = parse_alternative_name(text);
        ASSERT_TRUE(name.has_error()) << text;
        EXPECT_EQ(name.error(), errc::bad_alternative_name) << text;
    }
}

TEST(AlternativeNames, TellAddressesFromNames) {
    EXPECT_TRUE(is_ip_address("127.0.0.1"));
    EXPECT_TRUE(is_ip_address("::1"));
    EXPECT_FALSE(is_ip_address("localhost"));
    EXPECT_FALSE(is_ip_address(""));
    EXPECT_FALSE(is_ip_address(std::string_view("127.0.0.1\0.evil", 15)));
}

TEST(Printable, EscapesWhatIsNoText) {
    EXPECT_EQ(printable("a\x1B[0m"), "a\\x1B[0m");
    EXPECT_EQ(printable("K\xC3\xB6ln \xE2\x82\xAC \xF0\x9F\x94\x92"), "K\xC3\xB6ln \xE2\x82\xAC \xF0\x9F\x94\x92");
    EXPECT_EQ(printable("\xC0\xAF"), "\\xC0\\xAF") << "not the shortest form";
    EXPECT_EQ(printable("\xED\xA0\x80"), "\\xED\\xA0\\x80") << "a surrogate";
    EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80") << "above U+10FFFF";
    EXPECT_EQ(printable("\xE2\x82"), "\\xE2\\x82") << "cut short";
}

TEST(Printable, QuotesForTheShell) {
    EXPECT_EQ(shell_word("/etc/portcullis/server-key.pem"), "/etc/portcullis/server-key.pem");
    EXPECT_EQ(shell_word("/a b/it's"), "'/a b/it'\\''s'");
    EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace portcullis::certs
