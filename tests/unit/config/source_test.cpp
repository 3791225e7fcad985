#include "proxy/config/source.hpp"

#include "unit/config/reading.hpp"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

TEST(source, knows_the_line_of_each_key) {
    const auto where = loaded(in_order).source;
    EXPECT_EQ(where.line_of("listener[0].ssl_key"), 5U);
    EXPECT_EQ(where.line_of("cluster.default.aggregator[0].address"), 8U);
}

TEST(source, names_the_table_of_a_key_that_was_left_out) {
    const auto where = loaded(in_order).source;
    EXPECT_EQ(where.line_of("listener[0].ssl_ca"), 1U);
    EXPECT_EQ(where.line_of("cluster.default.ssl_ca"), 6U);
    EXPECT_EQ(where.line_of("cluster.default.health.user"), 6U);
}

TEST(source, has_no_line_for_a_table_that_was_left_out) {
    const auto where = loaded(in_order).source;
    EXPECT_EQ(where.line_of("accounts.default_require"), 0U);
    EXPECT_EQ(where.line_of("listener[7].name"), 0U);
    EXPECT_EQ(where.line_of(""), 0U);
}

}  // namespace
}  // namespace portcullis::config
