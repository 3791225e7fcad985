// The key schedule's HKDF gives what RFC 8448 prints and what OpenSSL's own derives, whatever the lengths, and refuses
// those that the label's encoding has no room for.
#include "certs/hkdf.hpp"

#include "tests/unit/certs/hexadecimal.hpp"
#include "tests/unit/certs/openssl_kdf.hpp"
#include "tests/unit/certs/random_bytes.hpp"

#include <gtest/gtest.h>

#include <random>

namespace portcullis::certs {
namespace {

using test::bytes;
using test::of_hex;

bytes extract(suite_hash hash, const bytes& salt, const bytes& key) {
    bytes out(size_of(hash));
    return hkdf_extract(hash, salt, key, out) ? out : bytes();
}

bytes expand(suite_hash hash, const bytes& secret, const std::string& label, const bytes& context, std::size_t size) {
    bytes out(size);
    return hkdf_expand_label(hash, secret, "tls13 " + label, context, out) ? out : bytes();
}

bytes empty_hash(suite_hash hash) {
    bytes out(size_of(hash));
    return hash_of_nothing(hash, out) ? out : bytes();
}

// RFC 8448, section 3: a simple handshake with TLS_AES_128_GCM_SHA256.
TEST(Hkdf, DerivesTheSecretsOfRfc8448) {
    const auto hash = suite_hash::sha256;
    const auto early = extract(hash, {}, bytes(32));
    EXPECT_EQ(early, of_hex("33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a"));
    const auto nothing = empty_hash(hash);
    EXPECT_EQ(nothing, of_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    const auto salt = expand(hash, early, "derived", nothing, 32);
    EXPECT_EQ(salt, of_hex("6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba"));
    const auto handshake =
        extract(hash, salt, of_hex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d"));
    EXPECT_EQ(handshake, of_hex("1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac"));
    const auto next_salt = expand(hash, handshake, "derived", nothing, 32);
    EXPECT_EQ(next_salt, of_hex("43de77e0c77713859a944db9db2590b53190a65b3ee2e4f12dd7a0bb7ce254b4"));
    const auto master = extract(hash, next_salt, bytes(32));
    EXPECT_EQ(master, of_hex("18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919"));
    const auto heard = of_hex("9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13");
    EXPECT_EQ(expand(hash, master, "c ap traffic", heard, 32),
              of_hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"));
    const auto server = expand(hash, master, "s ap traffic", heard, 32);
    EXPECT_EQ(server, of_hex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"));
    EXPECT_EQ(expand(hash, server, "key", {}, 16), of_hex("9f02283b6c9c07efc26bb9f2ac92e356"));
    EXPECT_EQ(expand(hash, server, "iv", {}, 12), of_hex("cf782b88dd83549aadf1e984"));
}

class HkdfOf : public testing::TestWithParam<suite_hash> {
protected:
    bytes random(std::size_t size) { return test::random_bytes(numbers_, size); }
    const char* name() const { return GetParam() == suite_hash::sha256 ? "SHA2-256" : "SHA2-384"; }
    bytes openssl_expand(const bytes& secret, const bytes& context, std::size_t size) const {
        const test::derivation asked{.mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY,
                                     .digest = name(),
                                     .key = secret,
                                     .label = "some label",
                                     .data = context,
                                     .size = size};
        return test::derive("provider=default", asked).value_or(bytes());
    }

    std::mt19937 numbers_{4711};
};

INSTANTIATE_TEST_SUITE_P(Both, HkdfOf, testing::Values(suite_hash::sha256, suite_hash::sha384));

TEST_P(HkdfOf, ExpandsAsOpensslDoes) {
    for (int round = 0; round < 300; ++round) {
        const auto secret = random(1 + numbers_() % 64);
        const auto context = random(numbers_() % 65);
        const auto size = 1 + numbers_() % 255;
        ASSERT_EQ(expand(GetParam(), secret, "some label", context, size), openssl_expand(secret, context, size))
            << secret.size() << " bytes of secret, " << context.size() << " of context, " << size << " out";
    }
}

TEST_P(HkdfOf, ExpandsKeysAroundTheSizeOfABlock) {
    for (const std::size_t size : {63UL, 64UL, 65UL, 127UL, 128UL, 129UL, 500UL}) {
        const auto secret = random(size);
        EXPECT_EQ(expand(GetParam(), secret, "some label", {}, 32), openssl_expand(secret, {}, 32)) << size;
    }
}

TEST_P(HkdfOf, ExpandsToAnyNumberOfHashes) {
    const auto secret = random(size_of(GetParam()));
    const auto hash = size_of(GetParam());
    for (const auto size : {hash - 1, hash, hash + 1, 2 * hash, 2 * hash + 1, 10 * hash, 255 * hash - 1, 255 * hash}) {
        const auto made = expand(GetParam(), secret, "some label", {}, size);
        EXPECT_EQ(made.size(), size);
        EXPECT_EQ(made, openssl_expand(secret, {}, size)) << size;
    }
}

TEST_P(HkdfOf, ExtractsAsHmacDoes) {
    for (int round = 0; round < 300; ++round) {
        const auto salt = random(round < 200 ? static_cast<std::size_t>(round) : numbers_() % 1000);
        const auto key = random(1 + numbers_() % 300);
        bytes theirs(size_of(GetParam()));
        std::size_t size = 0;
        ASSERT_NE(EVP_Q_mac(nullptr, "HMAC", "provider=default", name(), nullptr,
                            salt.empty() ? static_cast<const void*>("") : salt.data(), salt.size(), key.data(),
                            key.size(), theirs.data(), theirs.size(), &size),
                  nullptr);
        ASSERT_EQ(extract(GetParam(), salt, key), theirs) << salt.size() << " bytes of salt";
    }
}

TEST_P(HkdfOf, RefusesWhatHasNoRoomInTheLabelsEncoding) {
    const auto secret = random(32);
    bytes out(32);
    const std::string longest(255, 'x');
    EXPECT_TRUE(hkdf_expand_label(GetParam(), secret, longest, bytes(255), out));
    EXPECT_FALSE(hkdf_expand_label(GetParam(), secret, longest + "x", {}, out));
    EXPECT_FALSE(hkdf_expand_label(GetParam(), secret, "tls13 key", bytes(256), out));
    EXPECT_EQ(expand(GetParam(), secret, "key", {}, 255 * size_of(GetParam()) + 1), bytes());
}

TEST_P(HkdfOf, GivesAHashAndNothingShorterOrLonger) {
    for (const auto wrong : {std::size_t{0}, size_of(GetParam()) - 1, size_of(GetParam()) + 1}) {
        bytes out(wrong);
        EXPECT_FALSE(hkdf_extract(GetParam(), bytes(3), bytes(3), out)) << wrong;
        EXPECT_FALSE(hash_of_nothing(GetParam(), out)) << wrong;
    }
}

TEST_P(HkdfOf, ExpandsToNothingWithoutAHash) {
    EXPECT_TRUE(hkdf_expand_label(GetParam(), bytes(32), "tls13 key", {}, {}));
}

TEST(Hkdf, KnowsTheHashesOfCipherSuitesByEachOfTheirNames) {
    for (const char* const name : {"SHA2-256", "SHA256", "SHA-256"}) EXPECT_EQ(suite_hash_of(name), suite_hash::sha256);
    for (const char* const name : {"SHA2-384", "SHA384", "SHA-384"}) EXPECT_EQ(suite_hash_of(name), suite_hash::sha384);
    for (const char* const name : {"", "SHA1", "SHA2-512", "SHA2-25", "SHA2-2566"}) EXPECT_FALSE(suite_hash_of(name));
}

}  // namespace
}  // namespace portcullis::certs
