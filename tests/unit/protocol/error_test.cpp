#include "protocol/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace portcullis::protocol {
namespace {

TEST(error, every_code_has_its_own_text) {
    std::set<std::string> texts;
    for (int value = 1; value <= static_cast<int>(errc::local_infile_in_login); ++value) {
        const error_code code = make_error_code(static_cast<errc>(value));
        EXPECT_TRUE(code.failed());
        EXPECT_TRUE(texts.insert(code.message()).second) << code.message();
    }
    EXPECT_FALSE(texts.contains("unknown protocol error"));
    EXPECT_EQ(error_code(9999, category()).message(), "unknown protocol error");
    EXPECT_STREQ(category().name(), "portcullis.protocol");
}

}  // namespace
}  // namespace portcullis::protocol
