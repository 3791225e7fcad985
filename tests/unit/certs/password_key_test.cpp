#include "certs/password_key.hpp"

#include "certs/key_type.hpp"
#include "certs/pem_text.hpp"
#include "tests/unit/certs/blueprint.hpp"
#include "tests/unit/certs/findings.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>

namespace portcullis::certs {
namespace {

using bytes = std::vector<std::uint8_t>;

const password_key& a_key() {
    static const auto key = password_key::make();
    return *key;
}

const bytes secret{'h', 'u', 'n', 't', 'e', 'r', '2', 0};

TEST(PasswordKey, RevealsWhatWasHiddenForIt) {
    const auto hidden = encrypt_for(a_key().public_pem(), secret);
    ASSERT_TRUE(hidden);
    EXPECT_EQ(hidden->size(), 256);
    EXPECT_NE(*hidden, *encrypt_for(a_key().public_pem(), secret)) << "the padding is random";
    EXPECT_EQ(a_key().decrypt(*hidden), secret);
}

TEST(PasswordKey, RevealsNothingOfWhatWasHiddenForAnother) {
    const auto other = password_key::make();
    ASSERT_TRUE(other);
    EXPECT_FALSE(a_key().decrypt(*encrypt_for(other->public_pem(), secret)));
}

TEST(PasswordKey, RevealsNothingOfOtherBytes) {
    for (const std::size_t size : {0, 1, 255, 256, 257, 100'000})
        EXPECT_FALSE(a_key().decrypt(bytes(size, 'x'))) << size;
    auto hidden = encrypt_for(a_key().public_pem(), secret);
    hidden->back() ^= 1;
    EXPECT_FALSE(a_key().decrypt(*hidden));
}

TEST(PasswordKey, HidesForRsaKeysOnly) {
    const auto pem = a_key().public_pem();
    EXPECT_TRUE(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
    for (std::size_t size = 0; size < pem.size() - 2; size += 7) EXPECT_FALSE(encrypt_for(pem.substr(0, size), secret));
    const auto ecdsa = generate_key(key_type::ecdsa_p256);
    const bio_ptr memory(BIO_new(BIO_s_mem()));
    ASSERT_EQ(PEM_write_bio_PUBKEY(memory.get(), ecdsa->get()), 1);
    char* text = nullptr;
    const auto length = BIO_get_mem_data(memory.get(), &text);
    EXPECT_FALSE(encrypt_for({text, static_cast<std::size_t>(length)}, secret));
}

TEST(PasswordKey, IsReadFromAFileOfItsOwnersAlone) {
    const test::scratch_folder folder;
    const auto pem = pem_of(generate_key(key_type::rsa_2048)->get(), false);
    problems found;
    EXPECT_TRUE(password_key::load("rsa_private_key", folder.write("own.pem", pem, 0600), found));
    EXPECT_TRUE(found.empty());
    EXPECT_FALSE(password_key::load("rsa_private_key", folder.write("open.pem", pem, 0644), found));
    EXPECT_TRUE(test::has_error(found, "rsa_private_key", "chmod 600"));
}

TEST(PasswordKey, MustBeRsa) {
    const test::scratch_folder folder;
    const auto ecdsa = pem_of(generate_key(key_type::ecdsa_p256)->get(), false);
    problems found;
    EXPECT_FALSE(password_key::load("rsa_private_key", folder.write("ecdsa.pem", ecdsa, 0600), found));
    EXPECT_TRUE(test::has_error(found, "rsa_private_key", "must hold an RSA key"));
}

TEST(PasswordKey, HidesNoMoreThanFits) {
    EXPECT_TRUE(encrypt_for(a_key().public_pem(), bytes(214, 'p')));
    EXPECT_FALSE(encrypt_for(a_key().public_pem(), bytes(215, 'p')));
}

}  // namespace
}  // namespace portcullis::certs
