#include "protocol/kill_statement.hpp"

#include "every_cut.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

bytes query(std::string_view statement) {
    bytes payload{0x03};
    payload.insert(payload.end(), statement.begin(), statement.end());
    return payload;
}

kill_statement parsed(std::string_view statement) {
    const auto kill = parse_kill(query(statement), 0);
    EXPECT_TRUE(kill) << statement;
    return kill ? *kill : kill_statement{};
}

std::string rewritten(std::string_view statement, std::uint32_t id) {
    const bytes payload = query(statement);
    const auto kill = parse_kill(payload, 0);
    if (!kill) return {};
    const bytes other = with_id(payload, *kill, id);
    return std::string(as_text(other).substr(1));
}

TEST(kill_statement, kill_ends_a_connection) {
    for (const auto* statement : {"KILL 1082130433", "KILL CONNECTION 1082130433", "KILL HARD 1082130433"}) {
        const auto kill = parsed(statement);
        EXPECT_EQ(kill.id, 1082130433U) << statement;
        EXPECT_FALSE(kill.query || kill.soft || kill.binary) << statement;
    }
}

TEST(kill_statement, kill_query_ends_a_statement) {
    EXPECT_TRUE(parsed("KILL QUERY 7").query);
    EXPECT_TRUE(parsed("kill soft query 7").query);
    EXPECT_TRUE(parsed("KILL SOFT CONNECTION 7").soft);
    EXPECT_FALSE(parsed("KILL HARD QUERY 7").soft);
}

TEST(kill_statement, case_space_comments_and_a_semicolon_change_nothing) {
    for (const auto* statement :
         {"kill query 7", "  \t\r\n\v\fKILL\nQUERY\t7 ", "KILL QUERY 7;", "KILL QUERY 7 ; \n",
          "KILL/**/QUERY/* a * b */7",
          "/* mysql-connector-j-8.0.33 (Revision: 7d6b0800528b6b25c68b52dc10d6c1c8429c100c) */KILL QUERY 7",
          "-- a line\nKILL QUERY 7", "# a line\nKILL QUERY 7 # the end", "KILL QUERY 7 --", "KILL QUERY 7; -- the end",
          "/*M for Maria*/KILL QUERY 7", "/*+ no hint */ KILL QUERY 7", "--\nKILL QUERY 007",
          "kIlL qUeRy 7/**/;/**/"}) {
        const auto kill = parsed(statement);
        EXPECT_EQ(kill.id, 7U) << statement;
        EXPECT_TRUE(kill.query) << statement;
    }
}

TEST(kill_statement, the_id_is_replaced_where_it_stands) {
    EXPECT_EQ(rewritten("/* 7 */ KILL QUERY 7; # 7", 123456), "/* 7 */ KILL QUERY 123456; # 7");
    EXPECT_EQ(rewritten("KILL 1082130433", 1), "KILL 1");
}

TEST(kill_statement, what_names_no_connection_by_a_number_is_none) {
    for (const auto* statement : {"",
                                  "KILL",
                                  "KILL QUERY",
                                  "KILL QUERY ID 7",
                                  "KILL USER app",
                                  "KILL 7 8",
                                  "KILL 7+1",
                                  "KILL (7)",
                                  "KILL 7.5",
                                  "KILL -7",
                                  "KILL @a",
                                  "KILL 0x7",
                                  "KILL 7a",
                                  "KILL '7'",
                                  "KILL CONNECTION_ID()",
                                  "KILLER 7",
                                  "KILL7",
                                  "SELECT 7",
                                  "KILL QUERY QUERY 7",
                                  "KILL QUERY HARD 7",
                                  "KILL 99999999999999999999",
                                  "KILL 7;;",
                                  "KILL 7; SELECT 1",
                                  "SELECT 1; KILL 7",
                                  "KILL 7\\G",
                                  "/*! KILL 7 */",
                                  "KILL /*!50000 QUERY */ 7",
                                  "/*M! KILL 7 */",
                                  "KILL 7 /*!99999 QUERY*/",
                                  "/* KILL 7",
                                  "KILL 7 /*",
                                  "/*/ KILL 7",
                                  "--KILL 7\nKILL 7",
                                  "/ KILL 7",
                                  "\xa0KILL 7",
                                  "KILL\xc2\xa0 7",
                                  "`KILL` 7"})
        EXPECT_FALSE(parse_kill(query(statement), 0)) << statement;
    EXPECT_FALSE(parse_kill(query(std::string_view("KILL 7\0", 7)), 0));
    EXPECT_FALSE(parse_kill({}, 0));
    EXPECT_FALSE(parse_kill(bytes{0x16, 'K', 'I', 'L', 'L', ' ', '7'}, 0));
}

TEST(kill_statement, query_attributes_may_stand_before_it) {
    bytes payload{0x03, 0, 1};
    for (const char c : std::string_view("KILL 7")) payload.push_back(static_cast<std::uint8_t>(c));
    const auto kill = parse_kill(payload, client_query_attributes);
    ASSERT_TRUE(kill);
    EXPECT_EQ(kill->id_offset, 8U);
    EXPECT_EQ(with_id(payload, *kill, 89).size(), payload.size() + 1);
    EXPECT_FALSE(parse_kill(payload, 0));
}

TEST(kill_statement, process_kill_has_four_bytes) {
    const bytes payload{0x0c, 0x01, 0x00, 0x80, 0x40};
    const auto kill = parse_kill(payload, 0);
    ASSERT_TRUE(kill);
    EXPECT_EQ(kill->id, 0x40800001U);
    EXPECT_TRUE(kill->binary);
    EXPECT_FALSE(kill->query);
    EXPECT_EQ(with_id(payload, *kill, 0x01020304), (bytes{0x0c, 4, 3, 2, 1}));
    EXPECT_EQ(refused_cuts(payload, [](bytes_view cut) { return parse_kill(cut, 0); }), payload.size());
}

TEST(kill_statement, a_beginning_is_never_taken_for_a_kill_but_may_become_one) {
    for (const auto* statement : {"/* a */ KILL SOFT QUERY /* b */ 7 ; -- c", "KILL 7", "# a\nKILL CONNECTION 7;"}) {
        const bytes payload = query(statement);
        for (std::size_t size = 1; size <= payload.size(); ++size) {
            const bytes beginning(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size));
            EXPECT_EQ(parse_kill(beginning, 0, payload_part::beginning).error(), errc::truncated) << statement << size;
        }
    }
}

TEST(kill_statement, most_statements_are_known_for_none_by_their_first_word) {
    for (const auto* statement : {"SELECT", "(SELECT", "insert", "", "`a"}) {
        EXPECT_EQ(may_be_kill(query(statement), 0), *statement == '\0') << statement;
        bytes behind_attributes = query(std::string("\0\1", 2) + statement);
        EXPECT_EQ(may_be_kill(behind_attributes, client_query_attributes), *statement == '\0') << statement;
    }
    EXPECT_FALSE(may_be_kill(bytes{0x0e}, 0));
    for (const auto* statement : {"SELECT ", "/* a */ INSERT ", "KILL USER ", "(", "`", "KILL 'x"})
        EXPECT_EQ(parse_kill(query(statement), 0, payload_part::beginning).error(), errc::unexpected_message)
            << statement;
}

TEST(kill_statement, the_gates_own_words_say_the_same) {
    EXPECT_EQ(kill_text(parsed("kill /* x */ 7;"), 12), "KILL 12");
    EXPECT_EQ(kill_text(parsed("kill query 7"), 12), "KILL QUERY 12");
    EXPECT_EQ(kill_text(parsed("kill soft connection 7"), 12), "KILL SOFT 12");
    EXPECT_EQ(kill_text(parsed("kill soft query 7"), 12), "KILL SOFT QUERY 12");
}

}  // namespace
}  // namespace portcullis::protocol
