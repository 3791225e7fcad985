#include "certs/record_cipher.hpp"

#include "certs/ipsec_mb.hpp"
#include "certs/openssl_ptr.hpp"
#include "certs/random.hpp"

#include <openssl/err.h>

#include <algorithm>

namespace portcullis::certs {
namespace {

using bytes_view = record_cipher::bytes_view;

constexpr const char* not_ours = "portcullis.aes_gcm!=yes";  // see provider

const EVP_CIPHER* cipher_of(aead which) {
    switch (which) {
        case aead::aes_128_gcm: {
            static const EVP_CIPHER* const found = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", not_ours);
            return found;
        }
        case aead::aes_256_gcm: {
            static const EVP_CIPHER* const found = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", not_ours);
            return found;
        }
        case aead::chacha20_poly1305:
            break;
    }
    static const EVP_CIPHER* const found = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
    return found;
}

class by_openssl final : public record_cipher {
public:
    by_openssl(aead which, direction does, bytes_view key) : context_(EVP_CIPHER_CTX_new()) {
        ready_ = context_ && EVP_CipherInit_ex2(context_.get(), cipher_of(which), key.data(), nullptr,
                                                does == direction::seal ? 1 : 0, nullptr) == 1;
    }
    [[nodiscard]] bool ready() const { return ready_; }

    bool seal(const nonce& once, bytes_view aad, bytes_view text, std::uint8_t last, std::uint8_t* out) override {
        auto* const behind = out + text.size();
        return begin(once, aad) && update(out, text) && update(behind, std::span(&last, 1)) && finish() &&
               EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, behind + 1) == 1;
    }

    bool open(const nonce& once, bytes_view aad, bytes_view sealed, std::uint8_t* out) override {
        std::array<std::uint8_t, tag_size> tag{};  // OpenSSL takes it as if it wrote to it
        const auto given = sealed.last(tag_size);
        std::copy(given.begin(), given.end(), tag.begin());
        const bool right = begin(once, aad) && update(out, sealed.first(sealed.size() - tag_size)) &&
                           EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
                           finish();
        if (!right) ERR_clear_error();
        return right;
    }

private:
    bool begin(const nonce& once, bytes_view aad) {
        return EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, once.data(), -1, nullptr) == 1 &&
               update(nullptr, aad);
    }
    bool update(std::uint8_t* out, bytes_view in) {
        int size = 0;
        return in.empty() || EVP_CipherUpdate(context_.get(), out, &size, in.data(), static_cast<int>(in.size())) == 1;
    }
    bool finish() {
        std::array<std::uint8_t, tag_size> nothing{};
        int size = 0;
        return EVP_CipherFinal_ex(context_.get(), nothing.data(), &size) == 1;
    }

    evp_cipher_ctx_ptr context_;
    bool ready_ = false;
};

#if PORTCULLIS_IPSEC_MB

class by_ipsec_mb final : public record_cipher {
public:
    by_ipsec_mb(const ipsec_mb::functions& with, bytes_view key) : with_(with) { with_.expand(key.data(), &key_); }
    ~by_ipsec_mb() override { OPENSSL_cleanse(&key_, sizeof key_); }
    by_ipsec_mb(const by_ipsec_mb&) = delete;
    by_ipsec_mb& operator=(const by_ipsec_mb&) = delete;

    bool seal(const nonce& once, bytes_view aad, bytes_view text, std::uint8_t last, std::uint8_t* out) override {
        gcm_context_data message;
        auto* const behind = out + text.size();
        with_.begin(&key_, &message, once.data(), aad.data(), aad.size());
        with_.encrypt(&key_, &message, out, text.data(), text.size());
        with_.encrypt(&key_, &message, behind, &last, 1);
        with_.end_encrypting(&key_, &message, behind + 1, tag_size);
        OPENSSL_cleanse(&message, sizeof message);  // it holds unused bytes of the key stream
        return true;
    }

    bool open(const nonce& once, bytes_view aad, bytes_view sealed, std::uint8_t* out) override {
        gcm_context_data message;
        std::array<std::uint8_t, tag_size> tag{};
        const auto text = sealed.first(sealed.size() - tag_size);
        with_.begin(&key_, &message, once.data(), aad.data(), aad.size());
        with_.decrypt(&key_, &message, out, text.data(), text.size());
        with_.end_decrypting(&key_, &message, tag.data(), tag.size());
        const bool right = CRYPTO_memcmp(tag.data(), sealed.last(tag_size).data(), tag_size) == 0;
        cleanse(tag);  // the right tag of a forged record is a secret
        OPENSSL_cleanse(&message, sizeof message);
        return right;
    }

private:
    const ipsec_mb::functions& with_;
    gcm_key_data key_{};
};

const ipsec_mb::functions& functions_of(const ipsec_mb::library& of, aead which) {
    return which == aead::aes_128_gcm ? of.aes_128 : of.aes_256;
}

/// A self-test: what both seal alike is sealed as it should be, and is opened again.
bool seals_as_openssl_does(const ipsec_mb::library& library, aead which) {
    constexpr std::size_t size = 1000;
    std::array<std::uint8_t, size> text{};
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<std::uint8_t>(i * 7 + 1);
    const auto key = std::span(text).first(key_size_of(which));
    const auto aad = std::span(text).first(5);
    by_openssl theirs(which, direction::seal, key);
    by_ipsec_mb ours(functions_of(library, which), key);
    const record_cipher::nonce once{1, 2, 3};
    std::array<std::uint8_t, size + 1 + record_cipher::tag_size> sealed_by_theirs{};
    auto sealed = sealed_by_theirs;
    std::array<std::uint8_t, size + 1> opened{};
    return theirs.ready() && theirs.seal(once, aad, text, 23, sealed_by_theirs.data()) &&
           ours.seal(once, aad, text, 23, sealed.data()) && sealed == sealed_by_theirs &&
           ours.open(once, aad, sealed, opened.data()) && std::equal(text.begin(), text.end(), opened.begin());
}

/// nullptr: it is not there, or it is not to be trusted.
const ipsec_mb::library* trusted_library() {
    static const auto* const found = [] {
        const auto* const library = ipsec_mb::find();
        const bool right = library != nullptr && seals_as_openssl_does(*library, aead::aes_128_gcm) &&
                           seals_as_openssl_does(*library, aead::aes_256_gcm);
        return right ? library : nullptr;
    }();
    return found;
}

bool intel_is_there() {
    return trusted_library() != nullptr;
}

std::unique_ptr<record_cipher> make_by_intel(aead which, bytes_view key) {
    const auto* const library = trusted_library();
    if (library == nullptr || which == aead::chacha20_poly1305) return nullptr;
    return std::make_unique<by_ipsec_mb>(functions_of(*library, which), key);
}

#else

bool intel_is_there() {
    return false;
}

std::unique_ptr<record_cipher> make_by_intel(aead /*which*/, bytes_view /*key*/) {
    return nullptr;
}

#endif

}  // namespace

bool has_intel_aes_gcm() {
    return intel_is_there();
}

std::unique_ptr<record_cipher> make_record_cipher(aead which, direction does, std::span<const std::uint8_t> key,
                                                  bool by_intel) {
    if (by_intel)
        if (auto made = make_by_intel(which, key)) return made;
    auto made = std::make_unique<by_openssl>(which, does, key);
    if (!made->ready()) return nullptr;
    return made;
}

}  // namespace portcullis::certs
