#include "protocol/statement_mask.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

TEST(statement_mask, leaves_other_statements_alone) {
    for (const auto* sql : {"", "SELECT 'x' FROM t", "KILL 5", "SELECT password FROM t", "SELECT 'a' AS password"})
        EXPECT_EQ(without_secrets(sql, false), sql);
}

TEST(statement_mask, hides_passwords_and_nothing_outside_quotes) {
    EXPECT_EQ(without_secrets("CREATE USER 'u'@'h' IDENTIFIED BY 'pw' REQUIRE SSL", false),
              "CREATE USER 'u'@'h' IDENTIFIED BY *** REQUIRE SSL");
    EXPECT_EQ(without_secrets("alter user u identified with p as 0xABcd12 REPLACE 'old'", false),
              "alter user u identified with p as ***");
    EXPECT_EQ(without_secrets("SET PASSWORD = PASSWORD(\"pw\")", false), "SET PASSWORD = PASSWORD(***)");
    EXPECT_EQ(without_secrets("CHANGE MASTER TO MASTER_PASSWORD='pw', MASTER_PORT=1", false),
              "CHANGE MASTER TO MASTER_PASSWORD=***, MASTER_PORT=1");
    EXPECT_EQ(without_secrets("/* password */ DROP TABLE t", false), "/* password */ DROP TABLE t");
}

TEST(statement_mask, is_not_misled_about_where_a_literal_ends) {
    for (const auto* sql : {"/* don't */ CREATE USER u IDENTIFIED BY 'pw'", "SELECT 'x\\'; SET PASSWORD = 'pw'",
                            "CREATE USER u IDENTIFIED BY 'a\\'pw'", "SET PASSWORD = 'a''pw'",
                            "/*!50000 CREATE USER u IDENTIFIED BY 'pw' */", "PREPARE s FROM 'SET PASSWORD = \\'pw\\''"})
        EXPECT_EQ(without_secrets(sql, false).find("pw"), std::string::npos) << sql;
}

TEST(statement_mask, hides_what_a_cut_leaves_of_a_password) {
    const std::string_view whole = "ALTER USER u IDENTIFIED BY 'secret' REPLACE 'secret'";
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(without_secrets(whole.substr(0, size), true).find("se"), std::string::npos) << size;
}

}  // namespace
}  // namespace portcullis::protocol
