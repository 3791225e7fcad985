#include "proxy/observe/log.hpp"

#include <gtest/gtest.h>

namespace {

using portcullis::config::log_format;
using portcullis::observe::field;
using portcullis::observe::format_line;
using portcullis::observe::log_level;

std::string line(log_format format, std::string value) {
    const field fields[] = {{"user", std::move(value)}};
    return format_line(format, "T", log_level::info, "session closed", fields);
}

TEST(LogLine, QuotesWhatHasSpaces) {
    EXPECT_EQ(line(log_format::logfmt, "app"), "time=T level=info msg=\"session closed\" user=app");
    EXPECT_EQ(line(log_format::logfmt, "a b"), "time=T level=info msg=\"session closed\" user=\"a b\"");
    EXPECT_EQ(line(log_format::logfmt, ""), "time=T level=info msg=\"session closed\" user=\"\"");
}

TEST(LogLine, IsOneJsonObject) {
    EXPECT_EQ(line(log_format::json, "app"), R"({"time":"T","level":"info","msg":"session closed","user":"app"})");
}

TEST(LogLine, CannotBeForgedByAUserName) {
    for (const auto format : {log_format::logfmt, log_format::json}) {
        const auto forged = line(format, "x\nlevel=error msg=\"all is lost\" \"");
        EXPECT_EQ(forged.find('\n'), std::string::npos);
        EXPECT_NE(forged.find(R"(x\u000alevel=error msg=\"all is lost\" \")"), std::string::npos) << forged;
    }
}

TEST(LogLine, EscapesEveryByteThatIsNoUtf8) {
    for (int byte = 0x80; byte < 0x100; ++byte) {
        const auto text = line(log_format::json, std::string(1, static_cast<char>(byte)));
        EXPECT_NE(text.find("\\u00"), std::string::npos) << byte;
    }
    for (const auto* broken : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xf5\x80\x80\x80"})
        EXPECT_NE(line(log_format::json, broken).find("\\u00"), std::string::npos);
}

TEST(LogLine, LeavesUtf8AsItIs) {
    EXPECT_NE(line(log_format::json, "\u00fcber \u20ac \U0001F512").find("\u00fcber \u20ac \U0001F512"),
              std::string::npos);
}

}  // namespace
