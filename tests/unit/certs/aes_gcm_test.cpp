// What seals records in OpenSSL's place seals as OpenSSL does, opens what OpenSSL sealed, and opens nothing else.
#include "certs/aes_gcm.hpp"

#include "certs/provider.hpp"
#include "tests/unit/certs/random_bytes.hpp"
#include "tests/unit/certs/tls_fixture.hpp"

#include <openssl/provider.h>

#include <memory>
#include <optional>
#include <random>
#include <span>

namespace portcullis::certs {
namespace {

using bytes = std::vector<std::uint8_t>;

constexpr std::size_t tag_size = 16;

struct message {
    bytes key;
    bytes iv;
    bytes aad;
    bytes text;
};

class AesGcm : public testing::TestWithParam<int> {
protected:
    void SetUp() override {
        const auto name = "AES-" + std::to_string(GetParam()) + "-GCM";
        ours_.reset(EVP_CIPHER_fetch(nullptr, name.c_str(), aes_gcm_property));
        theirs_.reset(EVP_CIPHER_fetch(nullptr, name.c_str(), "provider=default"));
        ASSERT_TRUE(ours_ && theirs_);
        ASSERT_STREQ(OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(ours_.get())), "portcullis");
    }

    bytes random(std::size_t size) { return test::random_bytes(numbers_, size); }
    message random_message(std::size_t size, std::size_t aad) {
        return {random(static_cast<std::size_t>(GetParam()) / 8), random(12), random(aad), random(size)};
    }
    /// Text and tag; in pieces of at most `piece` bytes.
    static std::optional<bytes> run(const evp_cipher_ptr& cipher, const message& with, bool encrypt,
                                    std::size_t piece) {
        const evp_cipher_ctx_ptr context(EVP_CIPHER_CTX_new());
        auto out = with.text;
        std::size_t size = encrypt ? out.size() : out.size() - tag_size;
        int done = 0;
        if (EVP_CipherInit_ex2(context.get(), cipher.get(), with.key.data(), with.iv.data(), encrypt ? 1 : 0,
                               nullptr) != 1)
            return std::nullopt;
        if (!encrypt && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, out.data() + size) != 1)
            return std::nullopt;
        if (!with.aad.empty() &&
            EVP_CipherUpdate(context.get(), nullptr, &done, with.aad.data(), static_cast<int>(with.aad.size())) != 1)
            return std::nullopt;
        for (std::size_t at = 0; at < size; at += piece) {
            const auto count = static_cast<int>(std::min(piece, size - at));
            if (EVP_CipherUpdate(context.get(), out.data() + at, &done, out.data() + at, count) != 1)
                return std::nullopt;
        }
        out.resize(encrypt ? size + tag_size : size);
        if (EVP_CipherFinal_ex(context.get(), out.data(), &done) != 1) return std::nullopt;
        if (encrypt && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, out.data() + size) != 1)
            return std::nullopt;
        return out;
    }

    evp_cipher_ptr ours_;
    evp_cipher_ptr theirs_;
    std::mt19937 numbers_{4711};
};

/// None where OpenSSL's own are used: there is nothing of ours to test then.
std::vector<int> key_sizes() {
    return provides_aes_gcm() ? std::vector{128, 256} : std::vector<int>();
}

INSTANTIATE_TEST_SUITE_P(Both, AesGcm, testing::ValuesIn(key_sizes()));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AesGcm);

TEST_P(AesGcm, SealsAsOpensslDoesAndOpensWhatItSealed) {
    for (std::size_t round = 0; round < 600; ++round) {
        const std::size_t size = round < 300 ? round : numbers_() % 20'000;
        const auto plain = random_message(size, round % 17);
        const auto sealed = run(theirs_, plain, true, 1 << 20);
        ASSERT_TRUE(sealed);
        const std::size_t piece = round % 3 == 0 ? 1 << 20 : 1 + numbers_() % (size + 1);
        ASSERT_EQ(run(ours_, plain, true, piece), sealed) << size << " bytes in pieces of " << piece;
        auto hidden = plain;
        hidden.text = *sealed;
        ASSERT_EQ(run(ours_, hidden, false, piece), plain.text) << size << " bytes in pieces of " << piece;
    }
}

TEST_P(AesGcm, OpensNothingThatWasChanged) {
    const auto plain = random_message(300, 13);
    auto sealed = plain;
    sealed.text = *run(theirs_, plain, true, 300);
    ASSERT_EQ(run(ours_, sealed, false, 300), plain.text);
    for (std::size_t at = 0; at < sealed.text.size(); ++at) {
        auto changed = sealed;
        changed.text[at] ^= static_cast<std::uint8_t>(1U << at % 8);
        EXPECT_FALSE(run(ours_, changed, false, 300)) << at;
    }
    for (auto part : {&message::key, &message::iv, &message::aad}) {
        auto changed = sealed;
        (changed.*part)[5] ^= 1;
        EXPECT_FALSE(run(ours_, changed, false, 300));
    }
    auto shorter = sealed;
    shorter.aad.pop_back();
    EXPECT_FALSE(run(ours_, shorter, false, 300));
}

TEST_P(AesGcm, SealsNothingTwiceWithOneIv) {
    const auto plain = random_message(10, 5);
    const evp_cipher_ctx_ptr context(EVP_CIPHER_CTX_new());
    bytes out(100);
    int size = 0;
    const auto seal = [&] {
        return EVP_EncryptUpdate(context.get(), out.data(), &size, plain.text.data(), 10) == 1 &&
               EVP_EncryptFinal_ex(context.get(), out.data(), &size) == 1;
    };
    ASSERT_EQ(EVP_EncryptInit_ex2(context.get(), ours_.get(), plain.key.data(), nullptr, nullptr), 1);
    EXPECT_FALSE(seal()) << "without an IV";
    ASSERT_EQ(EVP_EncryptInit_ex2(context.get(), nullptr, nullptr, plain.iv.data(), nullptr), 1);
    EXPECT_TRUE(seal());
    EXPECT_FALSE(seal()) << "with the IV of before";
    ASSERT_EQ(EVP_EncryptInit_ex2(context.get(), nullptr, plain.key.data(), nullptr, nullptr), 1);
    EXPECT_FALSE(seal()) << "a new key is no new IV";
    ASSERT_EQ(EVP_EncryptInit_ex2(context.get(), nullptr, nullptr, plain.iv.data(), nullptr), 1);
    EXPECT_TRUE(seal());
    ASSERT_EQ(EVP_EncryptInit_ex2(context.get(), nullptr, nullptr, plain.iv.data(), nullptr), 1);
    ASSERT_EQ(EVP_EncryptUpdate(context.get(), out.data(), &size, plain.text.data(), 10), 1);
    ASSERT_EQ(EVP_EncryptInit_ex2(context.get(), nullptr, plain.key.data(), nullptr, nullptr), 1);
    EXPECT_FALSE(seal()) << "in the middle of a message";
}

TEST_P(AesGcm, IsForWhatTlsNeedsAlone) {
    const evp_cipher_ctx_ptr context(EVP_CIPHER_CTX_new());
    const auto plain = random_message(10, 17);
    EXPECT_FALSE(run(ours_, plain, true, 10)) << "more additional data than TLS has";
    ASSERT_EQ(EVP_EncryptInit_ex2(context.get(), ours_.get(), plain.key.data(), plain.iv.data(), nullptr), 1);
    EXPECT_EQ(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, 12, nullptr), 1);
    EXPECT_NE(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, 16, nullptr), 1);
    EXPECT_NE(EVP_CIPHER_CTX_set_key_length(context.get(), 24), 1);
    bytes tag(tag_size);
    EXPECT_NE(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()), 1)
        << "nothing was sealed";
}

TEST_P(AesGcm, CanBeCopiedInTheMiddleOfAMessage) {
    const auto plain = random_message(64, 5);
    const evp_cipher_ctx_ptr first(EVP_CIPHER_CTX_new());
    const evp_cipher_ctx_ptr second(EVP_CIPHER_CTX_new());
    bytes out(64 + tag_size);
    int size = 0;
    ASSERT_EQ(EVP_EncryptInit_ex2(first.get(), ours_.get(), plain.key.data(), plain.iv.data(), nullptr), 1);
    ASSERT_EQ(EVP_EncryptUpdate(first.get(), nullptr, &size, plain.aad.data(), 5), 1);
    ASSERT_EQ(EVP_EncryptUpdate(first.get(), out.data(), &size, plain.text.data(), 30), 1);
    ASSERT_EQ(EVP_CIPHER_CTX_copy(second.get(), first.get()), 1);
    ASSERT_EQ(EVP_EncryptUpdate(second.get(), out.data() + 30, &size, plain.text.data() + 30, 34), 1);
    ASSERT_EQ(EVP_EncryptFinal_ex(second.get(), out.data() + 64, &size), 1);
    ASSERT_EQ(EVP_CIPHER_CTX_ctrl(second.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, out.data() + 64), 1);
    EXPECT_EQ(out, run(theirs_, plain, true, 64));
}

// --- in TLS
// ------------------------------------------------------------------------------------------------------------

struct leg {
    const char* version;
    const char* cipher;
    bool we_serve;
};

class AesGcmRecords : public test::tls_fixture, public testing::WithParamInterface<leg> {
protected:
    /// A context of the same settings that knows nothing of the provider.
    static ssl_ctx_ptr plain_openssl(SSL_CTX* like, const SSL_METHOD* method, const certificate_pair& pair) {
        ssl_ctx_ptr made(SSL_CTX_new_ex(nullptr, "provider=default", method));
        SSL_CTX_set_min_proto_version(made.get(), static_cast<int>(SSL_CTX_get_min_proto_version(like)));
        SSL_CTX_set_max_proto_version(made.get(), static_cast<int>(SSL_CTX_get_max_proto_version(like)));
        SSL_CTX_set_cipher_list(made.get(), GetParam().cipher);
        if (!pair.cert.empty()) {
            SSL_CTX_use_certificate_file(made.get(), pair.cert.c_str(), SSL_FILETYPE_PEM);
            SSL_CTX_use_PrivateKey_file(made.get(), pair.key.c_str(), SSL_FILETYPE_PEM);
        }
        return made;
    }
};

INSTANTIATE_TEST_SUITE_P(
    Both, AesGcmRecords,
    testing::Values(leg{"TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256", true},
                    leg{"TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384", true},
                    leg{"TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384", false},
                    leg{"TLSv1.3", "TLS_AES_128_GCM_SHA256", true}, leg{"TLSv1.3", "TLS_AES_256_GCM_SHA384", true},
                    leg{"TLSv1.3", "TLS_AES_256_GCM_SHA384", false}));

TEST_P(AesGcmRecords, AreUnderstoodByOpensslAndUnderstandIt) {
    only(GetParam().version);
    const bool tls13 = std::string(GetParam().version) == "TLSv1.3";
    (tls13 ? server_.ciphersuites : server_.ciphers) = GetParam().cipher;
    (tls13 ? client_.ciphersuites : client_.ciphers) = GetParam().cipher;
    contexts();
    if (GetParam().we_serve)
        client_context_ = plain_openssl(client_context_.get(), TLS_client_method(), {});
    else
        server_context_ = plain_openssl(server_context_.get(), TLS_server_method(), server_.pairs.front());
    if (tls13)
        SSL_CTX_set_ciphersuites((GetParam().we_serve ? client_context_ : server_context_).get(), GetParam().cipher);
    auto pair = connect();
    ASSERT_TRUE(pair.shake());
    EXPECT_NE(std::string(GetParam().cipher).find(SSL_get_cipher_name(pair.client.get())), std::string::npos);
    std::mt19937 numbers(4711);
    for (int round = 0; round < 400; ++round) {
        std::vector<std::uint8_t> text(1 + (round < 200 ? static_cast<std::size_t>(round) : numbers() % 16'384));
        for (auto& each : text) each = static_cast<std::uint8_t>(numbers());
        auto* const from = (round % 2 == 0 ? pair.client : pair.server).get();
        auto* const to = (round % 2 == 0 ? pair.server : pair.client).get();
        ASSERT_EQ(SSL_write(from, text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
        std::vector<std::uint8_t> heard(text.size());
        ASSERT_EQ(SSL_read(to, heard.data(), static_cast<int>(heard.size())), static_cast<int>(heard.size())) << round;
        ASSERT_EQ(heard, text);
    }
}

}  // namespace
}  // namespace portcullis::certs
