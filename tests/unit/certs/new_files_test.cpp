#include "certs/new_files.hpp"

#include "tests/unit/certs/blueprint.hpp"
#include "tests/unit/certs/findings.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

namespace portcullis::certs {
namespace {

std::size_t count_files(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(NewFiles, AreWrittenWithTheirModes) {
    const test::scratch_folder folder;
    problems found;
    const auto target = folder / "a/b";
    ASSERT_TRUE(write_all(target, {{target / "key", "secret", true}, {target / "cert", "public", false}}, false,
                          "--dir", found))
        << test::words_of(found);
    EXPECT_EQ(test::read_file(target / "key"), "secret");
    EXPECT_EQ(test::read_file(target / "cert"), "public");
    struct stat status {};
    ASSERT_EQ(::stat((target / "key").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(count_files(target), 2U);
}

TEST(NewFiles, NeverReplaceUnlessTold) {
    const test::scratch_folder folder;
    folder.write("two", "old");
    problems found;
    const std::vector<new_file> files = {{folder / "one", "new", false}, {folder / "two", "new", false}};
    EXPECT_FALSE(write_all(folder.path(), files, false, "--dir", found));
    EXPECT_TRUE(test::has_error(found, "--dir", "two: File exists; nothing was written")) << test::words_of(found);
    EXPECT_EQ(test::read_file(folder / "two"), "old");
    EXPECT_EQ(count_files(folder.path()), 1U) << "what was named before it is taken back";
    EXPECT_TRUE(write_all(folder.path(), files, true, "--dir", found));
    EXPECT_EQ(test::read_file(folder / "two"), "new");
    EXPECT_EQ(count_files(folder.path()), 2U);
}

/// A limit on the size of files fails as a full disk does: some bytes are written, the next are not.
TEST(NewFiles, AFullDiskLeavesNothingBehind) {
    const test::scratch_folder folder;
    folder.write("two", "old");
    problems found;
    const std::vector<new_file> files = {{folder / "one", "small", false},
                                         {folder / "two", std::string(100000, 'x'), true}};

    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const bool written = write_all(folder.path(), files, true, "--dir", found);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);

    EXPECT_FALSE(written);
    EXPECT_TRUE(test::has_error(found, "--dir", "nothing was written")) << test::words_of(found);
    EXPECT_EQ(test::read_file(folder / "two"), "old");
    EXPECT_EQ(count_files(folder.path()), 1U);
}

}  // namespace
}  // namespace portcullis::certs
