// The key schedule inside OpenSSL is the gate's, derives what OpenSSL's own derives, and tells the two secrets of the
// records to whoever has asked for them, and only then.
#include "certs/tls13_kdf.hpp"

#include "certs/provider.hpp"
#include "certs/traffic_secrets.hpp"
#include "tests/unit/certs/openssl_kdf.hpp"
#include "tests/unit/certs/random_bytes.hpp"
#include "tests/unit/certs/tls_fixture.hpp"

#include <openssl/provider.h>

#include <random>
#include <thread>

namespace portcullis::certs {
namespace {

using test::bytes;
using test::derivation;
using test::derive;

constexpr int expand = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
constexpr int extract = EVP_KDF_HKDF_MODE_EXTRACT_ONLY;

class Tls13Kdf : public testing::Test {
protected:
    void SetUp() override { ASSERT_NE(provider_properties({}), nullptr); }

    bytes random(std::size_t size) { return test::random_bytes(numbers_, size); }
    static std::optional<bytes> ours(const derivation& asked) { return derive(tls13_kdf_property, asked); }
    static std::optional<bytes> theirs(const derivation& asked) { return derive("provider=default", asked); }

    std::mt19937 numbers_{4711};
};

TEST_F(Tls13Kdf, IsTheProvidersWhereItIsAskedForAndOpensslsElsewhere) {
    const auto provider_of = [](const char* asked) {
        const std::unique_ptr<EVP_KDF, openssl_free<EVP_KDF_free>> kdf(
            EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_3_KDF, asked));
        return std::string(OSSL_PROVIDER_get0_name(EVP_KDF_get0_provider(kdf.get())));
    };
    EXPECT_EQ(provider_of(provider_properties({})), "portcullis");
    EXPECT_EQ(provider_of(provider_properties({.aes_gcm = false, .tls13 = true})), "portcullis");
    EXPECT_EQ(provider_of("provider=default"), "default");
    for (const bool aes_gcm : {true, false})
        EXPECT_EQ(provider_of(provider_properties({.aes_gcm = aes_gcm, .tls13 = false})), "default");
    EXPECT_TRUE(tls13_kdf_derives_as_openssl_does());
}

TEST_F(Tls13Kdf, DoesNotBringCiphersThatAreNotWanted) {
    for (const bool tls13 : {true, false})
        for (const char* const name : {"AES-128-GCM", "AES-256-GCM"}) {
            const auto* const properties = provider_properties({.aes_gcm = false, .tls13 = tls13});
            const evp_cipher_ptr cipher(EVP_CIPHER_fetch(nullptr, name, properties));
            ASSERT_TRUE(cipher);
            EXPECT_STREQ(OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher.get())), "default");
        }
}

TEST_F(Tls13Kdf, DerivesAsOpensslDoes) {
    for (int round = 0; round < 600; ++round) {
        const bool sha384 = round % 2 == 1;
        const std::size_t hash = sha384 ? 48 : 32;
        derivation asked{.mode = round % 4 < 2 ? expand : extract, .digest = sha384 ? "SHA2-384" : "SHA2-256"};
        asked.size = asked.mode == extract ? hash : 1 + numbers_() % 100;
        if (asked.mode == expand || round % 3 != 0) asked.key = random(1 + numbers_() % 150);
        if (asked.mode == extract && round % 5 != 0) asked.salt = random(hash);
        if (asked.mode == expand && round % 3 != 0) asked.data = random(numbers_() % 65);
        asked.label.resize(1 + numbers_() % 100, 'x');
        const auto made = ours(asked);
        ASSERT_TRUE(made) << round;
        ASSERT_EQ(made, theirs(asked)) << round;
    }
}

TEST_F(Tls13Kdf, TakesItsModeAndItsHashByEachOfTheirNames) {
    for (const char* const digest : {"SHA256", "SHA-256", "SHA384", "SHA-384"})
        for (const char* const mode : {"EXPAND_ONLY", "EXTRACT_ONLY"}) {
            const std::size_t hash = std::string(digest).find("384") != std::string::npos ? 48 : 32;
            const derivation asked{
                .mode_text = mode, .digest = digest, .key = random(hash), .salt = random(hash), .size = hash};
            EXPECT_TRUE(ours(asked)) << mode << digest;
            EXPECT_EQ(ours(asked), theirs(asked)) << mode << digest;
        }
}

TEST_F(Tls13Kdf, FailsWhereItDoesNotKnowWhatIsMeant) {
    const derivation fine{.key = random(32)};
    ASSERT_TRUE(ours(fine));
    for (const char* const digest : {"", "SHA1", "SHA2-512", "MD5", "nonsense"}) {
        auto asked = fine;
        asked.digest = digest;
        EXPECT_FALSE(ours(asked)) << digest;
        asked.mode = extract;
        EXPECT_FALSE(ours(asked)) << digest;
    }
    for (const int mode : {EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND, -1, 3, 1000}) {
        auto asked = fine;
        asked.mode = mode;
        EXPECT_FALSE(ours(asked)) << mode;
    }
    for (const char* const mode : {"EXTRACT_AND_EXPAND", "nonsense"}) {
        auto asked = fine;
        asked.mode_text = mode;
        EXPECT_FALSE(ours(asked)) << mode;
    }
}

TEST_F(Tls13Kdf, FailsWhereOpensslsFails) {
    auto asked = derivation{.mode = extract, .key = random(32), .salt = random(32)};
    for (const std::size_t size : {31UL, 33UL, 48UL}) {
        asked.size = size;
        EXPECT_FALSE(ours(asked)) << size;
    }
    asked.size = 32;
    asked.label.assign(250, 'x');
    EXPECT_FALSE(theirs(asked));
    EXPECT_FALSE(ours(asked)) << "a label that is too long is not none";
    asked.mode = expand;
    EXPECT_FALSE(ours(asked));
    asked.label = "key";
    asked.key.reset();
    EXPECT_FALSE(ours(asked)) << "without a key";
    asked.key = random(32);
    asked.size = 255 * 32 + 1;
    EXPECT_FALSE(ours(asked));
}

TEST_F(Tls13Kdf, TellsTheSecretsOfTheRecordsWhileSomebodyListens) {
    const auto asks = [this](const char* label) {
        return derivation{.key = random(32), .label = label, .data = random(32)};
    };
    const auto client = asks("c ap traffic");
    const auto server = asks("s ap traffic");
    ASSERT_TRUE(ours(client) && ours(server));
    traffic_secrets heard;
    {
        const secrets_noted listening(heard);
        EXPECT_TRUE(heard.client.empty() && heard.server.empty());
        for (const char* const other : {"c hs traffic", "s hs traffic", "exp master", "res master", "c ap traffi",
                                        "c ap traffic ", "key", "iv", "finished", "derived"})
            ASSERT_TRUE(ours(asks(other)));
        EXPECT_TRUE(heard.client.empty() && heard.server.empty());
        const auto made = ours(client);
        EXPECT_EQ(bytes(heard.client.bytes().begin(), heard.client.bytes().end()), made);
        EXPECT_TRUE(heard.server.empty());
        const auto made_too = ours(server);
        EXPECT_EQ(bytes(heard.server.bytes().begin(), heard.server.bytes().end()), made_too);
        EXPECT_EQ(bytes(heard.client.bytes().begin(), heard.client.bytes().end()), made);
        std::thread([&] { ASSERT_TRUE(ours(asks("s ap traffic"))); }).join();
        EXPECT_EQ(bytes(heard.server.bytes().begin(), heard.server.bytes().end()), made_too) << "another thread's";
        ASSERT_TRUE(theirs(asks("c ap traffic")));
        EXPECT_EQ(bytes(heard.client.bytes().begin(), heard.client.bytes().end()), made) << "OpenSSL's own";
    }
    const auto before = bytes(heard.client.bytes().begin(), heard.client.bytes().end());
    ASSERT_TRUE(ours(asks("c ap traffic")));
    EXPECT_EQ(bytes(heard.client.bytes().begin(), heard.client.bytes().end()), before) << "nobody listens any more";
}

// What libssl says in its key log is what was noted.
std::map<std::string, std::string>& key_log() {
    static std::map<std::string, std::string> lines;
    return lines;
}

void log_key(const SSL* /*ssl*/, const char* line) {
    const std::string text = line;
    key_log()[text.substr(0, text.find(' '))] = text.substr(text.rfind(' ') + 1);
}

class SecretsOfAHandshake : public test::tls_fixture {};
class SecretsOfASuite : public SecretsOfAHandshake, public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(All, SecretsOfASuite,
                         testing::Values("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256"));

TEST_P(SecretsOfASuite, AreThoseOfOpensslsKeyLog) {
    only("TLSv1.3");
    server_.ciphersuites = client_.ciphersuites = GetParam();
    contexts();
    key_log().clear();
    SSL_CTX_set_keylog_callback(client_context_.get(), log_key);
    traffic_secrets heard;
    auto pair = connect();
    {
        const secrets_noted listening(heard);
        ASSERT_TRUE(pair.shake());
    }
    const auto* const hash = std::string(GetParam()).ends_with("384") ? "SHA384" : "SHA256";
    EXPECT_EQ(heard.client.bytes().size(), size_of(*suite_hash_of(hash)));
    const auto client = test::of_hex(key_log()["CLIENT_TRAFFIC_SECRET_0"]);
    const auto server = test::of_hex(key_log()["SERVER_TRAFFIC_SECRET_0"]);
    EXPECT_EQ(bytes(heard.client.bytes().begin(), heard.client.bytes().end()), client);
    EXPECT_EQ(bytes(heard.server.bytes().begin(), heard.server.bytes().end()), server);
}

TEST_F(SecretsOfAHandshake, AreNotThereWithTls12) {
    only("TLSv1.2");
    contexts();
    traffic_secrets heard;
    const secrets_noted listening(heard);
    auto pair = connect();
    ASSERT_TRUE(pair.shake());
    EXPECT_TRUE(heard.client.empty() && heard.server.empty());
}

TEST(TrafficSecret, IsSetAnewAndCopied) {
    traffic_secret one;
    EXPECT_TRUE(one.empty());
    one.set(bytes(48, 1));
    one.set(bytes(32, 2));
    const traffic_secret other = one;
    EXPECT_EQ(bytes(other.bytes().begin(), other.bytes().end()), bytes(32, 2));
}

TEST(TrafficSecret, IsNotOverwrittenByOneThatIsTooLong) {
    traffic_secrets heard;
    const secrets_noted listening(heard);
    note_secret("c ap traffic", bytes(longest_hash + 1));
    EXPECT_TRUE(heard.client.empty());
}

}  // namespace
}  // namespace portcullis::certs
