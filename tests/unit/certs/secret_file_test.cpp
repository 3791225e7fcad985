#include "certs/secret_file.hpp"

#include <gtest/gtest.h>

namespace portcullis::certs {
namespace {

constexpr uid_t root = 0;
constexpr uid_t gate = 998;

bool open_to_others(uid_t owner, mode_t mode, uid_t reader) {
    struct stat file {};
    file.st_uid = owner;
    file.st_mode = S_IFREG | mode;
    return is_open_to_others(file, reader);
}

TEST(SecretFile, OfItsReaderIsTheirsAlone) {
    for (const mode_t mode : {0600U, 0400U, 0700U}) EXPECT_FALSE(open_to_others(gate, mode, gate)) << std::oct << mode;
    for (const mode_t mode : {0640U, 0440U, 0604U, 0620U, 0610U, 0601U})
        EXPECT_TRUE(open_to_others(gate, mode, gate)) << std::oct << mode;
}

TEST(SecretFile, OfRootMayBeReadByItsGroup) {
    for (const mode_t mode : {0600U, 0640U, 0440U}) EXPECT_FALSE(open_to_others(root, mode, gate)) << std::oct << mode;
    for (const mode_t mode : {0644U, 0660U, 0650U, 0602U, 0441U})
        EXPECT_TRUE(open_to_others(root, mode, gate)) << std::oct << mode;
}

TEST(SecretFile, RootReadsNoneThatItsGroupMayRead) {
    EXPECT_TRUE(open_to_others(root, 0640, root));
    EXPECT_FALSE(open_to_others(root, 0600, root));
}

TEST(SecretFile, OfSomebodyElseIsNoExcuse) {
    EXPECT_TRUE(open_to_others(1234, 0640, gate));
}

}  // namespace
}  // namespace portcullis::certs
