#include "proxy/config/size.hpp"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

TEST(size, has_a_unit) {
    EXPECT_EQ(parse_size("512B"), 512U);
    EXPECT_EQ(parse_size("64KiB"), 65536U);
    EXPECT_EQ(parse_size("100MiB"), 104857600U);
    EXPECT_EQ(parse_size("1023GiB"), 1023ULL * 1024 * 1024 * 1024);
}

TEST(size, is_nothing_else) {
    for (const auto* text : {"", "1", "KiB", "1KB", "1kib", " 1KiB", "1 KiB", "-1B", "1.5MiB", "1TiB", "1024GiB",
                             "99999999999999999999B", "18014398509481984KiB"})
        EXPECT_FALSE(parse_size(text)) << text;
}

TEST(size, is_spelled_with_its_largest_unit) {
    EXPECT_EQ(size_text(0), "0B");
    EXPECT_EQ(size_text(1000), "1000B");
    EXPECT_EQ(size_text(4096), "4KiB");
    EXPECT_EQ(size_text(1024ULL * 1024 * 1024), "1GiB");
}

}  // namespace
}  // namespace portcullis::config
