// The two implementations of a record's cipher seal alike and open what the other sealed.
#include "certs/record_cipher.hpp"

#include "tests/unit/certs/random_bytes.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <random>
#include <vector>

namespace portcullis::certs {
namespace {

using bytes = std::vector<std::uint8_t>;

constexpr std::size_t around = 1 + record_cipher::tag_size;

class RecordCipher : public testing::TestWithParam<aead> {
protected:
    bytes random(std::size_t size) { return test::random_bytes(numbers_, size); }

    std::mt19937 numbers_{4711};
    const bytes key_ = random(key_size_of(GetParam()));
};

INSTANTIATE_TEST_SUITE_P(Each, RecordCipher,
                         testing::Values(aead::aes_128_gcm, aead::aes_256_gcm, aead::chacha20_poly1305));

TEST_P(RecordCipher, IsTheSameByEitherLibrary) {
    const auto one = make_record_cipher(GetParam(), direction::seal, key_, true);
    const auto other = make_record_cipher(GetParam(), direction::seal, key_, false);
    const auto one_opens = make_record_cipher(GetParam(), direction::open, key_, true);
    const auto other_opens = make_record_cipher(GetParam(), direction::open, key_, false);
    ASSERT_TRUE(one && other && one_opens && other_opens);
    for (std::size_t round = 0; round < 600; ++round) {
        const auto text = random(round < 500 ? round : numbers_() % 16'385);
        const auto aad = random(5);
        record_cipher::nonce once{};
        for (auto& each : once) each = static_cast<std::uint8_t>(numbers_());
        bytes sealed(text.size() + around);
        bytes sealed_too(text.size() + around);
        ASSERT_TRUE(one->seal(once, aad, text, 23, sealed.data()));
        ASSERT_TRUE(other->seal(once, aad, text, 23, sealed_too.data()));
        ASSERT_EQ(sealed, sealed_too) << text.size();
        bytes out(text.size() + 1);
        auto changed = sealed;
        changed[numbers_() % changed.size()] ^= 4U;
        for (auto* const cipher : {one_opens.get(), other_opens.get()}) {
            ASSERT_FALSE(cipher->open(once, aad, changed, out.data())) << text.size();
            ASSERT_TRUE(cipher->open(once, aad, sealed, out.data())) << text.size();
            ASSERT_TRUE(std::equal(text.begin(), text.end(), out.begin())) << text.size();
            ASSERT_EQ(out.back(), 23);
        }
    }
    EXPECT_EQ(ERR_peek_error(), 0) << "a forged record leaves no error behind";
}

}  // namespace
}  // namespace portcullis::certs
