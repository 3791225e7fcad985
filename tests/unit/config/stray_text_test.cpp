#include "proxy/config/stray_text.hpp"

#include "unit/config/reading.hpp"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(stray_text, is_looked_for_outside_of_comments_and_strings) {
    EXPECT_EQ(line_of_stray_text(""), std::nullopt);
    EXPECT_EQ(line_of_stray_text("a = \"é\" # é\nb = 'é'\n# é"), std::nullopt);
    EXPECT_EQ(line_of_stray_text("\xef\xbb\xbf[gate]"), std::nullopt) << "a byte order mark";
    EXPECT_EQ(line_of_stray_text("a = 1\né = 1"), 2U);
    EXPECT_EQ(line_of_stray_text("a = 1\n[é]"), 2U);
    EXPECT_EQ(line_of_stray_text("a = é"), 1U);
    EXPECT_EQ(line_of_stray_text("a = \"x\"é"), 1U);
    EXPECT_EQ(line_of_stray_text("a = [ # \"\n  \"x\",\n\xc2\xa0 1]"), 3U) << "a no-break space";
}

TEST(stray_text, ends_a_string_where_toml_does) {
    EXPECT_EQ(line_of_stray_text(R"(a = "\"é")"), std::nullopt);
    EXPECT_EQ(line_of_stray_text(R"(a = "\\"é)"), 1U);
    EXPECT_EQ(line_of_stray_text(R"(a = '\'é)"), 1U);
    EXPECT_EQ(line_of_stray_text("a = \"x\né"), 2U) << "an unfinished string ends with its line";
    EXPECT_EQ(line_of_stray_text("a = \"\"é"), 1U);
    EXPECT_EQ(line_of_stray_text("a = \"'\"é"), 1U);
    EXPECT_EQ(line_of_stray_text("a = \"é\\"), std::nullopt);
}

TEST(stray_text, includes_strings_of_several_lines) {
    EXPECT_EQ(line_of_stray_text("a = \"\"\"x\ny\"\"\" # é"), std::nullopt);
    EXPECT_EQ(line_of_stray_text("a = \"\"\"x\\\n\né\"\"\""), 3U);
    EXPECT_EQ(line_of_stray_text("a = '''\né'''"), 2U);
    EXPECT_EQ(line_of_stray_text("a = '''\n'''\né"), 3U);
    EXPECT_EQ(line_of_stray_text("a = '''\n\n"), std::nullopt);
}

TEST(stray_text, is_reported_with_its_line) {
    EXPECT_THAT(findings("[gate]\nworkérs = 2\n" + in_order), ElementsAre(StartsWith("2: not TOML: a character")));
    EXPECT_THAT(findings("# Größe\n[[account]]\nuser = \"jürgen\"\n" + in_order), IsEmpty());
    EXPECT_EQ(loaded("[[account]]\nuser = \"jürgen\"\n" + in_order).accounts.rules.at(0).user, "jürgen");
}

}  // namespace
}  // namespace portcullis::config
