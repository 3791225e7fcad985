#include "certs/aes_gcm.hpp"

#if !PORTCULLIS_IPSEC_MB

namespace portcullis::certs {

bool aes_gcm_is_worth_it() {
    return false;
}

const OSSL_ALGORITHM* aes_gcm_algorithms() {
    return nullptr;
}

bool aes_gcm_seals_as_openssl_does() {
    return false;
}

}  // namespace portcullis::certs

#else

#include "certs/ipsec_mb.hpp"
#include "certs/openssl_ptr.hpp"
#include "certs/provider.hpp"
#include "certs/random.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <span>
#include <string_view>

namespace portcullis::certs {
namespace {

using ipsec_mb::functions;
using ipsec_mb::iv_size;
using ipsec_mb::tag_size;

constexpr std::size_t fixed_iv_size = 4;                       // of TLS 1.2: the salt (RFC 5288, 3)
constexpr std::size_t explicit_iv_size = 8;                    // of TLS 1.2: in front of each record
constexpr std::size_t tls12_aad_size = EVP_AEAD_TLS1_AAD_LEN;  // RFC 5246, 6.2.3.3
constexpr std::size_t longest_aad = 16;                        // TLS has 13 and 5 bytes

/// An EVP_CIPHER_CTX's own part: a key, and one message at a time.
/// TLS 1.3 and everybody else: IV, AAD, data, tag, each by a call of its own. TLS 1.2: set_tls_aad(), then a whole
/// record in place.
class message_cipher {
public:
    message_cipher(const functions& with, std::size_t key_size) : with_(with), key_size_(key_size) {}
    message_cipher(const message_cipher&) = default;
    message_cipher& operator=(const message_cipher&) = delete;
    ~message_cipher() {
        OPENSSL_cleanse(&key_, sizeof key_);
        OPENSSL_cleanse(&state_, sizeof state_);
        cleanse(iv_);
    }

    [[nodiscard]] std::size_t key_size() const { return key_size_; }

    bool begin(bool encrypts, std::span<const std::uint8_t> key, std::span<const std::uint8_t> iv) {
        encrypts_ = encrypts;
        if (!key.empty()) {
            if (key.size() != key_size_) return false;
            with_.expand(key.data(), &key_);
            has_key_ = true;
            records_ = 0;
            if (now_ == phase::in_data) now_ = phase::over;  // that message's end would be another's
        }
        if (!iv.empty()) {
            if (iv.size() != iv_size) return false;
            std::copy(iv.begin(), iv.end(), iv_.begin());
            new_message();
        }
        return true;
    }

    /// Additional data comes in front of all data.
    bool add_aad(std::span<const std::uint8_t> more) {
        if (now_ != phase::has_iv || aad_used_ + more.size() > aad_.size()) return false;
        std::copy(more.begin(), more.end(), aad_.begin() + static_cast<std::ptrdiff_t>(aad_used_));
        aad_used_ += more.size();
        return true;
    }

    bool transform(std::uint8_t* out, std::span<const std::uint8_t> in) {
        if (!start()) return false;
        (encrypts_ ? with_.encrypt : with_.decrypt)(&key_, &state_, out, in.data(), in.size());
        return true;
    }

    /// Decrypting, false: the tag that was set is another.
    bool finish() {
        if (!start()) return false;
        now_ = phase::over;  // no second message with this IV
        if (encrypts_) {
            with_.end_encrypting(&key_, &state_, tag_.data(), tag_.size());
            has_tag_ = true;
            return true;
        }
        std::array<std::uint8_t, tag_size> computed{};
        with_.end_decrypting(&key_, &state_, computed.data(), computed.size());
        const bool right = has_tag_ && CRYPTO_memcmp(computed.data(), tag_.data(), tag_size) == 0;
        cleanse(computed);
        has_tag_ = false;
        return right;
    }

    bool set_tag(std::span<const std::uint8_t> tag) {
        if (encrypts_ || tag.size() != tag_size) return false;
        std::copy(tag.begin(), tag.end(), tag_.begin());
        has_tag_ = true;
        return true;
    }
    bool get_tag(std::span<std::uint8_t> out) const {
        if (!encrypts_ || !has_tag_ || out.size() > tag_size) return false;
        std::copy_n(tag_.begin(), out.size(), out.begin());
        return true;
    }
    [[nodiscard]] const std::array<std::uint8_t, iv_size>& iv() const { return iv_; }

    // --- TLS 1.2

    /// The salt. The explicit part counts up from a random number, so that it never repeats under one key.
    bool set_fixed_iv(std::span<const std::uint8_t> salt) {
        if (salt.size() != fixed_iv_size) return false;
        std::copy(salt.begin(), salt.end(), iv_.begin());
        if (encrypts_ && RAND_bytes(iv_.data() + fixed_iv_size, explicit_iv_size) != 1) return false;
        has_fixed_iv_ = true;
        return true;
    }
    /// The record's header, whose length is that of all that travels: what is authenticated is the text's.
    bool set_tls_aad(std::span<const std::uint8_t> header) {
        if (header.size() != tls12_aad_size) return false;
        std::copy(header.begin(), header.end(), aad_.begin());
        std::size_t length = std::size_t{header[tls12_aad_size - 2]} << 8U | header[tls12_aad_size - 1];
        const auto around = explicit_iv_size + (encrypts_ ? 0 : tag_size);
        if (length < around) return false;
        length -= around;
        aad_[tls12_aad_size - 2] = static_cast<std::uint8_t>(length >> 8U);
        aad_[tls12_aad_size - 1] = static_cast<std::uint8_t>(length);
        tls_record_next_ = true;
        return true;
    }
    [[nodiscard]] bool expects_tls_record() const { return tls_record_next_; }

    /// Explicit IV, text and tag in one piece, in place. The length of what came out; nothing: it failed.
    std::optional<std::size_t> transform_record(std::span<std::uint8_t> record) {
        tls_record_next_ = false;
        if (!has_fixed_iv_ || record.size() < explicit_iv_size + tag_size) return std::nullopt;
        const auto explicit_iv = record.first(explicit_iv_size);
        const auto text = record.subspan(explicit_iv_size, record.size() - explicit_iv_size - tag_size);
        const auto tag = record.last(tag_size);
        auto* const counter = iv_.data() + fixed_iv_size;
        if (encrypts_) {
            if (++records_ == 0) return std::nullopt;
            std::copy_n(counter, explicit_iv_size, explicit_iv.begin());
        } else {
            std::copy(explicit_iv.begin(), explicit_iv.end(), counter);
        }
        now_ = phase::has_iv;
        aad_used_ = tls12_aad_size;
        if (!encrypts_ && !set_tag(tag)) return std::nullopt;
        if (!transform(text.data(), text) || !finish()) {
            cleanse(text);
            return std::nullopt;
        }
        if (!encrypts_) return text.size();
        for (std::size_t i = explicit_iv_size; i > 0 && ++counter[i - 1] == 0; --i) {
        }
        return get_tag(tag) ? std::optional(record.size()) : std::nullopt;
    }

private:
    enum class phase { needs_iv, has_iv, in_data, over };

    void new_message() {
        now_ = phase::has_iv;
        aad_used_ = 0;
        if (encrypts_) has_tag_ = false;
    }
    bool start() {
        if (now_ == phase::in_data) return true;
        if (now_ != phase::has_iv || !has_key_) return false;
        with_.begin(&key_, &state_, iv_.data(), aad_.data(), aad_used_);
        now_ = phase::in_data;
        return true;
    }

    gcm_key_data key_{};
    gcm_context_data state_{};
    const functions& with_;
    const std::size_t key_size_;
    std::array<std::uint8_t, iv_size> iv_{};
    std::array<std::uint8_t, tag_size> tag_{};
    std::array<std::uint8_t, longest_aad> aad_{};
    std::size_t aad_used_ = 0;
    std::uint64_t records_ = 0;
    phase now_ = phase::needs_iv;
    bool encrypts_ = false;
    bool has_key_ = false;
    bool has_tag_ = false;
    bool has_fixed_iv_ = false;
    bool tls_record_next_ = false;
};

// What OpenSSL calls: provider-cipher(7).

message_cipher& of(void* context) {
    return *static_cast<message_cipher*>(context);
}

template <class Byte>
std::span<Byte> span_of(Byte* data, std::size_t size) {
    return data == nullptr ? std::span<Byte>() : std::span<Byte>(data, size);
}

int set_parameters(void* context, const OSSL_PARAM* given) {
    auto& cipher = of(context);
    for (; given != nullptr && given->key != nullptr; ++given) {
        const std::string_view key = given->key;
        const auto bytes = given->data_type == OSSL_PARAM_OCTET_STRING
                               ? std::span(static_cast<const std::uint8_t*>(given->data),
                                           given->data == nullptr ? 0 : given->data_size)
                               : std::span<const std::uint8_t>();
        bool fine = true;
        if (key == OSSL_CIPHER_PARAM_AEAD_TAG) {
            fine = given->data == nullptr ? given->data_size == tag_size : cipher.set_tag(bytes);
        } else if (key == OSSL_CIPHER_PARAM_AEAD_TLS1_AAD) {
            fine = cipher.set_tls_aad(bytes);
        } else if (key == OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED) {
            fine = cipher.set_fixed_iv(bytes);
        } else if (key == OSSL_CIPHER_PARAM_IVLEN || key == OSSL_CIPHER_PARAM_KEYLEN) {
            std::size_t size = 0;
            fine = OSSL_PARAM_get_size_t(given, &size) == 1 &&
                   size == (key == OSSL_CIPHER_PARAM_IVLEN ? iv_size : cipher.key_size());
        }
        if (!fine) return 0;
    }
    return 1;
}

int get_parameters(void* context, OSSL_PARAM* asked) {
    const auto& cipher = of(context);
    for (; asked != nullptr && asked->key != nullptr; ++asked) {
        const std::string_view key = asked->key;
        bool fine = true;
        if (key == OSSL_CIPHER_PARAM_IVLEN) {
            fine = OSSL_PARAM_set_size_t(asked, iv_size) == 1;
        } else if (key == OSSL_CIPHER_PARAM_KEYLEN) {
            fine = OSSL_PARAM_set_size_t(asked, cipher.key_size()) == 1;
        } else if (key == OSSL_CIPHER_PARAM_AEAD_TAGLEN || key == OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD) {
            fine = OSSL_PARAM_set_size_t(asked, tag_size) == 1;
        } else if (key == OSSL_CIPHER_PARAM_IV || key == OSSL_CIPHER_PARAM_UPDATED_IV) {
            fine = OSSL_PARAM_set_octet_string(asked, cipher.iv().data(), iv_size) == 1;
        } else if (key == OSSL_CIPHER_PARAM_AEAD_TAG) {
            fine = asked->data_type == OSSL_PARAM_OCTET_STRING && asked->data != nullptr &&
                   cipher.get_tag({static_cast<std::uint8_t*>(asked->data), asked->data_size});
            asked->return_size = asked->data_size;
        }
        if (!fine) return 0;
    }
    return 1;
}

template <bool Encrypts>
int initialize(void* context, const unsigned char* key, std::size_t key_size, const unsigned char* iv,
               std::size_t given_iv_size, const OSSL_PARAM* given) {
    return of(context).begin(Encrypts, span_of(key, key_size), span_of(iv, given_iv_size))
               ? set_parameters(context, given)
               : 0;
}

int update(void* context, unsigned char* out, std::size_t* out_size, std::size_t out_room, const unsigned char* in,
           std::size_t in_size) {
    auto& cipher = of(context);
    *out_size = 0;
    if (in_size == 0) return 1;
    if (cipher.expects_tls_record()) {
        if (out != in || out_room < in_size) return 0;
        const auto size = cipher.transform_record({out, in_size});
        *out_size = size.value_or(0);
        return size ? 1 : 0;
    }
    if (out == nullptr) {
        *out_size = in_size;
        return cipher.add_aad({in, in_size}) ? 1 : 0;
    }
    if (out_room < in_size || !cipher.transform(out, {in, in_size})) return 0;
    *out_size = in_size;
    return 1;
}

int finish(void* context, unsigned char* /*out*/, std::size_t* out_size, std::size_t /*out_room*/) {
    *out_size = 0;
    return of(context).finish() ? 1 : 0;
}

template <std::size_t KeySize>
void* make(void* /*provider*/) {
    const auto& all = *ipsec_mb::find();
    return new (std::nothrow) message_cipher(KeySize == 16 ? all.aes_128 : all.aes_256, KeySize);
}

void release(void* context) {
    delete static_cast<message_cipher*>(context);
}

void* duplicate(void* context) {
    return new (std::nothrow) message_cipher(of(context));
}

template <std::size_t KeySize>
int get_constants(OSSL_PARAM* asked) {
    const auto set = [asked](const char* key, auto assign, auto value) {
        auto* const found = OSSL_PARAM_locate(asked, key);
        return found == nullptr || assign(found, value) == 1;
    };
    const bool all_set = set(OSSL_CIPHER_PARAM_MODE, OSSL_PARAM_set_uint, unsigned{EVP_CIPH_GCM_MODE}) &&
                         set(OSSL_CIPHER_PARAM_AEAD, OSSL_PARAM_set_int, 1) &&
                         set(OSSL_CIPHER_PARAM_CUSTOM_IV, OSSL_PARAM_set_int, 1) &&
                         set(OSSL_CIPHER_PARAM_KEYLEN, OSSL_PARAM_set_size_t, KeySize) &&
                         set(OSSL_CIPHER_PARAM_BLOCK_SIZE, OSSL_PARAM_set_size_t, std::size_t{1}) &&
                         set(OSSL_CIPHER_PARAM_IVLEN, OSSL_PARAM_set_size_t, iv_size);
    return all_set ? 1 : 0;
}

const OSSL_PARAM* settable(void* /*context*/, void* /*provider*/) {
    static const OSSL_PARAM known[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, nullptr, 0),
                                       OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD, nullptr, 0),
                                       OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, nullptr, 0),
                                       OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_IVLEN, nullptr),
                                       OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_KEYLEN, nullptr),
                                       OSSL_PARAM_END};
    return known;
}

const OSSL_PARAM* gettable(void* /*context*/, void* /*provider*/) {
    static const OSSL_PARAM known[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, nullptr, 0),
                                       OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_IV, nullptr, 0),
                                       OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_UPDATED_IV, nullptr, 0),
                                       OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_AEAD_TAGLEN, nullptr),
                                       OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD, nullptr),
                                       OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_IVLEN, nullptr),
                                       OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_KEYLEN, nullptr),
                                       OSSL_PARAM_END};
    return known;
}

template <std::size_t KeySize>
const OSSL_DISPATCH* cipher_functions() {
    static const std::array table{provider_function(OSSL_FUNC_CIPHER_NEWCTX, make<KeySize>),
                                  provider_function(OSSL_FUNC_CIPHER_FREECTX, release),
                                  provider_function(OSSL_FUNC_CIPHER_DUPCTX, duplicate),
                                  provider_function(OSSL_FUNC_CIPHER_ENCRYPT_INIT, initialize<true>),
                                  provider_function(OSSL_FUNC_CIPHER_DECRYPT_INIT, initialize<false>),
                                  provider_function(OSSL_FUNC_CIPHER_UPDATE, update),
                                  provider_function(OSSL_FUNC_CIPHER_FINAL, finish),
                                  provider_function(OSSL_FUNC_CIPHER_GET_PARAMS, get_constants<KeySize>),
                                  provider_function(OSSL_FUNC_CIPHER_GET_CTX_PARAMS, get_parameters),
                                  provider_function(OSSL_FUNC_CIPHER_SET_CTX_PARAMS, set_parameters),
                                  provider_function(OSSL_FUNC_CIPHER_GETTABLE_CTX_PARAMS, gettable),
                                  provider_function(OSSL_FUNC_CIPHER_SETTABLE_CTX_PARAMS, settable),
                                  OSSL_DISPATCH{0, nullptr}};
    return table.data();
}

// Whether it is used.

struct sealed {
    std::array<std::uint8_t, 1000> text{};
    std::array<std::uint8_t, tag_size> tag{};
    bool operator==(const sealed&) const = default;
};

std::optional<sealed> seal_sample(const char* name, const char* from) {
    const evp_cipher_ptr cipher(EVP_CIPHER_fetch(nullptr, name, from));
    const evp_cipher_ctx_ptr context(EVP_CIPHER_CTX_new());
    std::array<std::uint8_t, 32> key{};
    std::array<std::uint8_t, iv_size> iv{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i * 7 + 1);
    for (std::size_t i = 0; i < iv.size(); ++i) iv[i] = static_cast<std::uint8_t>(i + 100);
    sealed out;
    for (std::size_t i = 0; i < out.text.size(); ++i) out.text[i] = static_cast<std::uint8_t>(i);
    int size = 0;
    auto* const text = out.text.data();
    const bool done = cipher && context &&
                      EVP_EncryptInit_ex2(context.get(), cipher.get(), key.data(), iv.data(), nullptr) == 1 &&
                      EVP_EncryptUpdate(context.get(), nullptr, &size, key.data(), 5) == 1 &&
                      EVP_EncryptUpdate(context.get(), text, &size, text, static_cast<int>(out.text.size())) == 1 &&
                      EVP_EncryptFinal_ex(context.get(), text + size, &size) == 1 &&
                      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, out.tag.data()) == 1;
    return done ? std::optional(out) : std::nullopt;
}

/// What both seal alike is sealed as it should be.
bool seals_as_openssl_does(const char* name) {
    const auto theirs = seal_sample(name, "provider=default");
    return theirs && theirs == seal_sample(name, aes_gcm_property);
}

bool openssl_is_as_fast() {
    return OPENSSL_version_major() > 3 || (OPENSSL_version_major() == 3 && OPENSSL_version_minor() >= 1);
}

}  // namespace

bool aes_gcm_is_worth_it() {
    const auto* const library = ipsec_mb::find();
    return library != nullptr && library->wide && !openssl_is_as_fast();
}

const OSSL_ALGORITHM* aes_gcm_algorithms() {
    static const std::array ciphers{OSSL_ALGORITHM{"AES-128-GCM:id-aes128-GCM:2.16.840.1.101.3.4.1.6", aes_gcm_property,
                                                   cipher_functions<16>(), nullptr},
                                    OSSL_ALGORITHM{"AES-256-GCM:id-aes256-GCM:2.16.840.1.101.3.4.1.46",
                                                   aes_gcm_property, cipher_functions<32>(), nullptr},
                                    OSSL_ALGORITHM{nullptr, nullptr, nullptr, nullptr}};
    return ciphers.data();
}

bool aes_gcm_seals_as_openssl_does() {
    return seals_as_openssl_does("AES-128-GCM") && seals_as_openssl_does("AES-256-GCM");
}

}  // namespace portcullis::certs

#endif
