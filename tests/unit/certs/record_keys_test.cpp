// Records are sealed as RFC 8448 prints them and as EVP seals them, each with a nonce of its own, and nothing opens
// that is not what was sealed, where it was sealed.
#include "certs/record_keys.hpp"

#include "certs/hkdf.hpp"
#include "certs/openssl_ptr.hpp"
#include "tests/unit/certs/hexadecimal.hpp"
#include "tests/unit/certs/random_bytes.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <numeric>
#include <random>
#include <set>

namespace portcullis::certs {
namespace {

using test::bytes;
using test::of_hex;

constexpr std::size_t header_size = 5;
constexpr std::size_t around = 1 + record_cipher::tag_size;

traffic_secret secret_of(const bytes& from) {
    traffic_secret out;
    out.set(from);
    return out;
}

record_keys keys_of(const suite& of, direction does, const bytes& secret, std::uint64_t sealed_before = 0) {
    auto made = record_keys::make(of, does, secret_of(secret), sealed_before);
    EXPECT_TRUE(made);
    return std::move(*made);
}

bytes header_of(std::size_t text) {
    const auto size = text + around;
    return {23, 3, 3, static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)};
}

/// A record without its header.
bytes seal(record_keys& keys, const bytes& text, std::uint8_t type = 23) {
    bytes out(text.size() + around);
    return keys.seal(header_of(text.size()), text, type, out.data()) ? out : bytes();
}

/// Text and type; empty: it did not open.
bytes open(record_keys& keys, const bytes& sealed) {
    bytes out(sealed.size() - record_cipher::tag_size);
    return keys.open(header_of(sealed.size() - around), sealed, out.data()) ? out : bytes();
}

bytes counting(std::size_t size) {
    bytes out(size);
    std::iota(out.begin(), out.end(), std::uint8_t{0});
    return out;
}

bytes with_type(bytes text, std::uint8_t type = 23) {
    text.push_back(type);
    return text;
}

constexpr suite aes_128{aead::aes_128_gcm, suite_hash::sha256};

// RFC 8448, section 3: the records of application data. The server's is its second one, behind a ticket.
TEST(RecordKeys, OpenTheRecordsOfRfc8448AndSealThemAlike) {
    const auto server = of_hex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
    const auto servers = of_hex(R"(2e 93 7e 11 ef 4a c7 40 e5 38 ad 36 00 5f c4 a4 69 32 fc 32 25 d0 5f 82 aa 1b
        36 e3 0e fa f9 7d 90 e6 df fc 60 2d cb 50 1a 59 a8 fc c4 9c 4b f2 e5 f0 a2 1c 00 47 c2 ab f3 32 54 0d d0 32
        e1 67 c2 95 5d)");
    const auto client = of_hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
    const auto clients = of_hex(R"(a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab 3f
        2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d ea e6 3a ee bb 21
        69 49 15 e4)");
    ASSERT_EQ(servers.size(), 67U);
    ASSERT_EQ(clients.size(), 67U);
    const auto text = counting(50);
    auto reading = keys_of(aes_128, direction::open, server, 1);
    EXPECT_EQ(open(reading, servers), with_type(text));
    auto writing = keys_of(aes_128, direction::seal, server, 1);
    EXPECT_EQ(seal(writing, text), servers);
    auto first = keys_of(aes_128, direction::open, client);
    EXPECT_EQ(open(first, clients), with_type(text));
    auto wrong = keys_of(aes_128, direction::open, server, 0);
    EXPECT_EQ(open(wrong, servers), bytes()) << "its number is not 0";
}

TEST(RecordKeys, AreForTheSuitesThatTheGateSealsItself) {
    ASSERT_TRUE(suite_of(0x1301) && suite_of(0x1302) && suite_of(0x1303));
    EXPECT_EQ(suite_of(0x1301)->cipher, aead::aes_128_gcm);
    EXPECT_EQ(suite_of(0x1301)->hash, suite_hash::sha256);
    EXPECT_EQ(suite_of(0x1302)->cipher, aead::aes_256_gcm);
    EXPECT_EQ(suite_of(0x1302)->hash, suite_hash::sha384);
    EXPECT_EQ(suite_of(0x1303)->cipher, aead::chacha20_poly1305);
    EXPECT_EQ(suite_of(0x1303)->hash, suite_hash::sha256);
    for (const int other : {0, 0x1300, 0x1304, 0x1305, 0xc02f})
        EXPECT_FALSE(suite_of(static_cast<std::uint16_t>(other)));
}

class RecordKeysOf : public testing::TestWithParam<int> {
protected:
    bytes random(std::size_t size) { return test::random_bytes(numbers_, size); }
    record_keys sealing(std::uint64_t before = 0) const { return keys_of(suite_, direction::seal, secret_, before); }
    record_keys opening(std::uint64_t before = 0) const { return keys_of(suite_, direction::open, secret_, before); }

    bytes derived(const bytes& secret, const std::string& label, std::size_t size) const {
        bytes out(size);
        EXPECT_TRUE(hkdf_expand_label(suite_.hash, secret, "tls13 " + label, {}, out));
        return out;
    }

    /// By one call of EVP each, which shares nothing with the room but the key schedule.
    bytes by_evp(const bytes& secret, std::uint64_t number, const bytes& text, std::uint8_t type) const {
        const char* const name = suite_.cipher == aead::aes_128_gcm   ? "AES-128-GCM"
                                 : suite_.cipher == aead::aes_256_gcm ? "AES-256-GCM"
                                                                      : "ChaCha20-Poly1305";
        auto iv = derived(secret, "iv", 12);
        for (std::size_t i = 0; i < 8; ++i) iv[4 + i] ^= static_cast<std::uint8_t>(number >> (56 - 8 * i));
        const evp_cipher_ptr cipher(EVP_CIPHER_fetch(nullptr, name, "provider=default"));
        const evp_cipher_ctx_ptr context(EVP_CIPHER_CTX_new());
        const auto plain = with_type(text, type);
        const auto header = header_of(text.size());
        bytes out(plain.size() + record_cipher::tag_size);
        int size = 0;
        EXPECT_EQ(EVP_EncryptInit_ex2(context.get(), cipher.get(),
                                      derived(secret, "key", key_size_of(suite_.cipher)).data(), iv.data(), nullptr),
                  1);
        EXPECT_EQ(EVP_EncryptUpdate(context.get(), nullptr, &size, header.data(), header_size), 1);
        EXPECT_EQ(EVP_EncryptUpdate(context.get(), out.data(), &size, plain.data(), static_cast<int>(plain.size())), 1);
        EXPECT_EQ(EVP_EncryptFinal_ex(context.get(), out.data() + size, &size), 1);
        EXPECT_EQ(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, out.data() + plain.size()), 1);
        return out;
    }

    const suite suite_ = *suite_of(static_cast<std::uint16_t>(GetParam()));
    std::mt19937 numbers_{4711};
    const bytes secret_ = random(size_of(suite_.hash));
};

INSTANTIATE_TEST_SUITE_P(Each, RecordKeysOf, testing::Values(0x1301, 0x1302, 0x1303));

TEST_P(RecordKeysOf, SealAsEvpDoesWhateverTheLength) {
    auto writing = sealing();
    auto reading = opening();
    for (std::uint64_t number = 0; number < 500; ++number) {
        const auto text = random(number < 300 ? number : numbers_() % 16'385);
        const auto type = static_cast<std::uint8_t>(number % 3 == 0 ? 22 : 23);
        const auto sealed = seal(writing, text, type);
        ASSERT_EQ(sealed, by_evp(secret_, number, text, type)) << number << ": " << text.size() << " bytes";
        ASSERT_EQ(open(reading, sealed), with_type(text, type)) << number << ": " << text.size() << " bytes";
    }
}

TEST_P(RecordKeysOf, CountAllEightBytesOfTheSequenceNumber) {
    const auto text = random(20);
    for (unsigned bit = 0; bit < 63; ++bit)
        for (const std::uint64_t number : {(std::uint64_t{1} << bit) - 1, std::uint64_t{1} << bit}) {
            auto writing = sealing(number);
            EXPECT_EQ(seal(writing, text), by_evp(secret_, number, text, 23)) << number;
            EXPECT_EQ(seal(writing, text), by_evp(secret_, number + 1, text, 23)) << number << " and one more";
        }
}

TEST_P(RecordKeysOf, SealNothingTwiceAlike) {
    auto writing = sealing();
    std::set<bytes> seen;
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(seal(writing, bytes(16))).second) << i;
}

TEST_P(RecordKeysOf, AreOtherOnesAfterRenewing) {
    auto writing = sealing(12345);
    auto reading = opening(12345);
    auto secret = secret_;
    for (int generation = 1; generation < 4; ++generation) {
        ASSERT_TRUE(writing.renew() && reading.renew());
        secret = derived(secret, "traffic upd", size_of(suite_.hash));
        for (std::uint64_t number = 0; number < 3; ++number) {
            const auto text = random(100);
            const auto sealed = seal(writing, text);
            EXPECT_EQ(sealed, by_evp(secret, number, text, 23)) << generation << ", " << number;
            EXPECT_EQ(open(reading, sealed), with_type(text));
        }
    }
    auto old = opening(0);
    EXPECT_EQ(open(old, seal(writing, random(100))), bytes()) << "with the keys of before";
}

TEST_P(RecordKeysOf, AreWornAfterTheirLastRecordAndAsNewOnceRenewed) {
    auto writing = sealing(record_keys::most_records - 2);
    EXPECT_FALSE(writing.worn());
    EXPECT_FALSE(seal(writing, bytes(1)).empty());
    EXPECT_FALSE(writing.worn());
    EXPECT_FALSE(seal(writing, bytes(1)).empty());
    EXPECT_TRUE(writing.worn());
    ASSERT_TRUE(writing.renew());
    EXPECT_FALSE(writing.worn());
}

TEST_P(RecordKeysOf, OpenNoRecordWithABitFlipped) {
    const auto text = random(50);
    auto writing = sealing();
    const auto sealed = seal(writing, text);
    const auto header = header_of(text.size());
    for (std::size_t at = 0; at < 8 * sealed.size(); ++at) {
        auto changed = sealed;
        changed[at / 8] ^= static_cast<std::uint8_t>(1U << at % 8);
        auto reading = opening();
        ASSERT_EQ(open(reading, changed), bytes()) << at;
    }
    for (std::size_t at = 0; at < 8 * header.size(); ++at) {
        auto changed = header;
        changed[at / 8] ^= static_cast<std::uint8_t>(1U << at % 8);
        auto reading = opening();
        bytes out(sealed.size());
        ASSERT_FALSE(reading.open(changed, sealed, out.data())) << "bit " << at << " of the header";
    }
}

TEST_P(RecordKeysOf, OpenNoRecordInAnothersPlaceOrCutShort) {
    auto writing = sealing();
    const auto first = seal(writing, random(50));
    const auto second = seal(writing, random(50));
    auto swapped = opening();
    EXPECT_EQ(open(swapped, second), bytes());
    auto repeated = opening();
    EXPECT_NE(open(repeated, first), bytes());
    EXPECT_EQ(open(repeated, first), bytes());
    for (std::size_t left = around; left < first.size(); ++left) {
        auto reading = opening();
        ASSERT_EQ(open(reading, bytes(first.begin(), first.begin() + static_cast<long>(left))), bytes()) << left;
    }
}

TEST_P(RecordKeysOf, GoOnBehindARecordThatDidNotOpen) {
    auto writing = sealing();
    auto reading = opening();
    for (int i = 0; i < 20; ++i) {
        auto sealed = seal(writing, random(50));
        if (i % 2 == 0) sealed.back() ^= 1U;
        EXPECT_EQ(open(reading, sealed).empty(), i % 2 == 0) << i;
    }
}

TEST_P(RecordKeysOf, WriteNotAByteBehindTheirOutput) {
    auto writing = sealing();
    auto reading = opening();
    for (std::size_t size = 0; size < 70; ++size) {
        const auto text = random(size);
        bytes sealed(size + around + 32, 0xaa);
        ASSERT_TRUE(writing.seal(header_of(size), text, 23, sealed.data()));
        bytes opened(size + 1 + 32, 0xaa);
        ASSERT_TRUE(reading.open(header_of(size), std::span(sealed).first(size + around), opened.data()));
        EXPECT_EQ(bytes(sealed.end() - 32, sealed.end()), bytes(32, 0xaa)) << size;
        EXPECT_EQ(bytes(opened.end() - 32, opened.end()), bytes(32, 0xaa)) << size;
    }
}

TEST_P(RecordKeysOf, AreMovedWithTheirNumber) {
    auto before = sealing();
    ASSERT_FALSE(seal(before, bytes(5)).empty());
    auto after = std::move(before);
    EXPECT_EQ(seal(after, bytes(5)), by_evp(secret_, 1, bytes(5), 23));
    ASSERT_TRUE(after.renew());
    EXPECT_EQ(seal(after, bytes(5)), by_evp(derived(secret_, "traffic upd", size_of(suite_.hash)), 0, bytes(5), 23));
}

}  // namespace
}  // namespace portcullis::certs
