#include "proxy/config/password_file.hpp"

#include "unit/config/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace portcullis::config {
namespace {

using testing::HasSubstr;

struct password_file : testing::Test {
    scratch_folder folder;
    std::string password = "untouched";

    std::string read(const std::string& content, mode_t mode = 0600) {
        return read_password_file(folder.write("password", content, mode), password);
    }
};

TEST_F(password_file, is_read_without_its_line_end) {
    for (const auto* content : {"secret", "secret\n", "secret\r\n"}) {
        EXPECT_EQ(read(content), "");
        EXPECT_EQ(password, "secret");
    }
    EXPECT_EQ(read(" two words \n\n"), "");
    EXPECT_EQ(password, " two words \n") << "only one line end, and nothing else, is taken away";
}

TEST_F(password_file, is_refused_if_others_could_read_it_and_told_how_to_mend_that) {
    for (const mode_t mode : {0640U, 0604U, 0644U, 0660U, 0601U}) {
        EXPECT_THAT(read("secret", mode), HasSubstr("chmod 600 " + (folder.path() / "password").string()));
        EXPECT_EQ(password, "untouched");
    }
    EXPECT_EQ(read("secret", 0400), "");
}

TEST_F(password_file, is_refused_if_it_could_be_no_password) {
    using namespace std::string_literals;
    EXPECT_THAT(read(""), HasSubstr("is empty"));
    EXPECT_THAT(read("\n"), HasSubstr("is empty"));
    EXPECT_THAT(read("se\0cret"s), HasSubstr("NUL"));
    EXPECT_THAT(read(std::string(1025, 'x')), HasSubstr("longer"));
    EXPECT_EQ(read(std::string(1024, 'x') + "\n"), "");
}

TEST_F(password_file, is_a_regular_file_that_is_there) {
    EXPECT_THAT(read_password_file(folder.path() / "none", password), HasSubstr("does not exist"));
    EXPECT_THAT(read_password_file(folder.path(), password), HasSubstr("is a directory"));
    const auto fifo = folder.path() / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_THAT(read_password_file(fifo, password), HasSubstr("not a regular file"));
}

TEST_F(password_file, appears_in_no_sentence) {
    EXPECT_THAT(read("hunter2", 0644), testing::Not(HasSubstr("hunter2")));
    EXPECT_THAT(read("hunter2" + std::string(2000, 'x')), testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace portcullis::config
