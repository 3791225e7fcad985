#include "protocol/user_name.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

constexpr capability_flags mysql = client_long_password;
constexpr capability_flags mariadb = 0;
constexpr unsigned latin1 = 8;
constexpr unsigned utf8mb4 = 45;

bool unchanged(std::string_view name, unsigned character_set, capability_flags offered) {
    return is_looked_up_unchanged(name, static_cast<std::uint16_t>(character_set), offered);
}

std::string repeated(std::string_view what, std::size_t times) {
    std::string out;
    while (times-- > 0) out += what;
    return out;
}

TEST(user_name, one_pair_of_quotes_does_not_count) {
    EXPECT_EQ(without_quotes("'app'"), "app");
    EXPECT_EQ(without_quotes("''app''"), "'app'");
    EXPECT_EQ(without_quotes("''"), "");
    for (const std::string_view kept : {"", "app", "'", "'app", "app'", "o'neill", "\"app\"", "`app`"})
        EXPECT_EQ(without_quotes(kept), kept);
}

TEST(user_name, is_sent_so_that_its_own_quotes_survive) {
    for (const std::string_view name : {"", "app", "'", "''", "'app'", "''app''", "'app", "app'"})
        EXPECT_EQ(without_quotes(in_handshake_response(name)), name);
    EXPECT_EQ(in_handshake_response("app"), "app");
}

TEST(user_name, of_ascii_is_the_same_in_most_character_sets) {
    std::string all;
    for (char byte = 1; byte < 127; ++byte) all += byte;
    for (const unsigned id : {0U, 8U, 28U, 33U, 45U, 63U, 255U, 309U, 2304U})
        EXPECT_TRUE(unchanged(all, id, mariadb)) << id;
    for (const unsigned id : {10U, 17U, 82U, 1034U, 1106U}) EXPECT_FALSE(unchanged("app", id, mariadb)) << id;
}

TEST(user_name, beyond_ascii_is_the_same_in_utf8_only) {
    for (const unsigned id : {33U, 45U, 46U, 76U, 83U, 192U, 215U, 224U, 247U, 255U, 309U, 323U, 1070U, 2304U, 2559U})
        EXPECT_TRUE(unchanged("Zo\xc3\xab", id, mariadb)) << id;
    for (const unsigned id : {0U, 8U, 28U, 63U, 82U, 216U, 248U, 254U, 324U, 575U, 1032U, 2047U, 2560U, 65535U})
        EXPECT_FALSE(unchanged("Zo\xc3\xab", id, mariadb)) << id;
    EXPECT_FALSE(unchanged("Zo\xeb", latin1, mariadb));
}

TEST(user_name, with_what_utf8mb3_cannot_say_becomes_another) {
    for (const std::string_view name :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe6\xbc", "\xe6\xbc(", "\xe0\x9f\xbf",
          "\xed\xa0\x80", "\xf0\x9f\x98\x80", "\xff", "app\xff", "\xff\141pp"})
        EXPECT_FALSE(unchanged(name, utf8mb4, mariadb)) << name;
    for (const std::string_view name :
         {"", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xef\xbf\xbd"})
        EXPECT_TRUE(unchanged(name, utf8mb4, mariadb)) << name;
}

TEST(user_name, longer_than_an_account_can_have_is_cut) {
    EXPECT_TRUE(unchanged(std::string(96, 'n'), utf8mb4, mysql));
    EXPECT_FALSE(unchanged(std::string(97, 'n'), utf8mb4, mysql));
    EXPECT_TRUE(unchanged(repeated("\xe6\xbc\xa2", 32), utf8mb4, mysql));
    EXPECT_FALSE(unchanged(repeated("\xe6\xbc\xa2", 33), utf8mb4, mysql));
    for (const std::string_view character : {"n", "\xc3\xab", "\xe6\xbc\xa2"}) {
        EXPECT_TRUE(unchanged(repeated(character, 128), utf8mb4, mariadb)) << character;
        EXPECT_FALSE(unchanged(repeated(character, 129), utf8mb4, mariadb)) << character;
    }
}

TEST(user_name, cut_anywhere_reads_nothing_behind_its_end) {
    const std::string_view whole = "'\xc3\xab\xe6\xbc\xa2'";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const std::string beginning(whole.substr(0, size));
        const bool between_characters = size != 2 && size != 4 && size != 5;
        EXPECT_EQ(unchanged(beginning, utf8mb4, mariadb), between_characters) << size;
    }
}

}  // namespace
}  // namespace portcullis::protocol
