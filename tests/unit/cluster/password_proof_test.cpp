#include "proxy/cluster/password_proof.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace portcullis;

std::string hex(const protocol::bytes& bytes) {
    std::string out;
    for (const unsigned byte : bytes) {
        out += "0123456789abcdef"[byte >> 4U];
        out += "0123456789abcdef"[byte & 15U];
    }
    return out;
}

// Computed with Python's hashlib from the formulas of the manual.
const auto scramble = protocol::as_bytes("abcdefghijklmnopqrst");

TEST(PasswordProof, NativeIsTheManualsFormula) {
    EXPECT_EQ(hex(cluster::prove_native("secret", scramble)), "8817c50fa779daef010ee7577825b0847df9842e");
}

TEST(PasswordProof, CachingSha2IsTheManualsFormula) {
    EXPECT_EQ(hex(cluster::prove_caching_sha2("secret", scramble)),
              "c76e2898612a4cf042c77fa8c4702c4c64c0c2c557c53c4d75595aaa6abae809");
}

TEST(PasswordProof, AnEmptyPasswordIsProvedByNothing) {
    EXPECT_TRUE(cluster::prove_native("", scramble).empty());
    EXPECT_TRUE(cluster::prove_caching_sha2("", scramble).empty());
}

}  // namespace
