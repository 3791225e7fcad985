#include "certs/tls13_kdf.hpp"

#include "certs/hkdf.hpp"
#include "certs/openssl_ptr.hpp"
#include "certs/provider.hpp"
#include "certs/random.hpp"
#include "certs/traffic_secrets.hpp"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace portcullis::certs {
namespace {

using bytes_view = std::span<const std::uint8_t>;

/// The parameters of one derivation (EVP_KDF-TLS13_KDF(7)), which point to the caller's memory.
struct request {
    int mode = -1;
    std::optional<suite_hash> hash;
    std::optional<bytes_view> key;
    std::optional<bytes_view> salt;
    bytes_view prefix;
    bytes_view label;
    bytes_view context;
};

std::string_view text_of(const OSSL_PARAM& given) {
    const auto* const text = static_cast<const char*>(given.data);
    if (given.data_type != OSSL_PARAM_UTF8_STRING || text == nullptr) return {};
    return given.data_size > 0 ? std::string_view(text, given.data_size) : std::string_view(text);
}

bytes_view bytes_of(const OSSL_PARAM& given) {
    if (given.data_type != OSSL_PARAM_OCTET_STRING || given.data == nullptr) return {};
    return {static_cast<const std::uint8_t*>(given.data), given.data_size};
}

/// The mode comes as a number from libssl and may come as text from others.
int mode_of(const OSSL_PARAM& given) {
    int number = -1;
    if (OSSL_PARAM_get_int(&given, &number) == 1) return number;
    const auto text = text_of(given);
    if (text == "EXTRACT_ONLY") return EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
    return text == "EXPAND_ONLY" ? EVP_KDF_HKDF_MODE_EXPAND_ONLY : -1;
}

request read(const OSSL_PARAM* given) {
    request out;
    for (; given != nullptr && given->key != nullptr; ++given) {
        const std::string_view name = given->key;
        if (name == OSSL_KDF_PARAM_MODE) out.mode = mode_of(*given);
        if (name == OSSL_KDF_PARAM_DIGEST) out.hash = suite_hash_of(text_of(*given));
        if (name == OSSL_KDF_PARAM_KEY) out.key = bytes_of(*given);
        if (name == OSSL_KDF_PARAM_SALT) out.salt = bytes_of(*given);
        if (name == OSSL_KDF_PARAM_PREFIX) out.prefix = bytes_of(*given);
        if (name == OSSL_KDF_PARAM_LABEL) out.label = bytes_of(*given);
        if (name == OSSL_KDF_PARAM_DATA) out.context = bytes_of(*given);
    }
    return out;
}

/// The label as it is hashed, in memory of the caller's.
class whole_label {
public:
    explicit whole_label(const request& of) {
        if (of.prefix.size() + of.label.size() > text_.size()) return;
        auto* end = std::copy(of.prefix.begin(), of.prefix.end(), text_.data());
        end = std::copy(of.label.begin(), of.label.end(), end);
        size_ = static_cast<std::size_t>(end - text_.data());
    }
    [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

private:
    std::array<char, 255> text_{};
    std::size_t size_ = 0;
};

bool expand(const request& asked, std::span<std::uint8_t> out) {
    const whole_label label(asked);
    if (!asked.key || label.text().empty()) return false;
    if (!hkdf_expand_label(*asked.hash, *asked.key, label.text(), asked.context, out)) return false;
    note_secret({reinterpret_cast<const char*>(asked.label.data()), asked.label.size()}, out);
    return true;
}

/// The next secret of the schedule: of the one before, its salt, what is "derived" first; zeros where something is
/// missing.
bool extract(const request& asked, std::span<std::uint8_t> out) {
    const auto size = size_of(*asked.hash);
    std::array<std::uint8_t, longest_hash> zeros{};
    std::array<std::uint8_t, longest_hash> nothing{};
    std::array<std::uint8_t, longest_hash> derived{};
    bytes_view salt;
    if (asked.salt) {
        const whole_label label(asked);
        if (label.text().empty()) return false;
        const auto context = std::span(nothing).first(size);
        const auto made = std::span(derived).first(size);
        if (!hash_of_nothing(*asked.hash, context) ||
            !hkdf_expand_label(*asked.hash, *asked.salt, label.text(), context, made))
            return false;
        salt = made;
    }
    const bool done = hkdf_extract(*asked.hash, salt, asked.key.value_or(std::span(zeros).first(size)), out);
    cleanse(derived);
    return done;
}

// What OpenSSL calls: provider-kdf(7). Nothing is kept between calls, as libssl hands over everything with derive().

void* make(void* provider) {
    return provider;
}

void release(void* /*context*/) {}

int derive(void* /*context*/, unsigned char* out, std::size_t size, const OSSL_PARAM* given) {
    const auto asked = read(given);
    if (!asked.hash || out == nullptr) return 0;
    if (asked.mode == EVP_KDF_HKDF_MODE_EXPAND_ONLY) return expand(asked, {out, size}) ? 1 : 0;
    if (asked.mode == EVP_KDF_HKDF_MODE_EXTRACT_ONLY) return extract(asked, {out, size}) ? 1 : 0;
    return 0;
}

// Whether it is used.

using kdf_ptr = std::unique_ptr<EVP_KDF, openssl_free<EVP_KDF_free>>;
using kdf_context_ptr = std::unique_ptr<EVP_KDF_CTX, openssl_free<EVP_KDF_CTX_free>>;
using derived_bytes = std::array<std::uint8_t, longest_hash>;

std::optional<derived_bytes> derive_sample(const char* from, std::string digest, int mode, bool with_salt) {
    const kdf_ptr kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_3_KDF, from));
    const kdf_context_ptr context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    const auto size = size_of(*suite_hash_of(digest));
    derived_bytes key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i * 5 + 1);
    derived_bytes data = key;
    std::string prefix = "tls13 ";
    std::string label = "derived";
    std::array<OSSL_PARAM, 8> given{};
    auto* next = given.data();
    *next++ = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
    *next++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0);
    *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), size);
    *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, prefix.data(), prefix.size());
    *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, label.data(), label.size());
    *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_DATA, data.data(), size);
    if (with_salt) *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, data.data(), size);
    *next = OSSL_PARAM_construct_end();
    derived_bytes out{};
    if (!context || EVP_KDF_derive(context.get(), out.data(), size, given.data()) != 1) return std::nullopt;
    return out;
}

bool derives_alike(const char* digest, int mode, bool with_salt) {
    const auto theirs = derive_sample("provider=default", digest, mode, with_salt);
    return theirs && theirs == derive_sample(tls13_kdf_property, digest, mode, with_salt);
}

}  // namespace

const OSSL_ALGORITHM* tls13_kdf_algorithms() {
    static const std::array functions{provider_function(OSSL_FUNC_KDF_NEWCTX, make),
                                      provider_function(OSSL_FUNC_KDF_FREECTX, release),
                                      provider_function(OSSL_FUNC_KDF_DERIVE, derive), OSSL_DISPATCH{0, nullptr}};
    static const std::array kdfs{
        OSSL_ALGORITHM{OSSL_KDF_NAME_TLS1_3_KDF, tls13_kdf_property, functions.data(), nullptr},
        OSSL_ALGORITHM{nullptr, nullptr, nullptr, nullptr}};
    return kdfs.data();
}

bool tls13_kdf_derives_as_openssl_does() {
    for (const char* const digest : {"SHA2-256", "SHA2-384"}) {
        const bool alike = derives_alike(digest, EVP_KDF_HKDF_MODE_EXPAND_ONLY, false) &&
                           derives_alike(digest, EVP_KDF_HKDF_MODE_EXTRACT_ONLY, false) &&
                           derives_alike(digest, EVP_KDF_HKDF_MODE_EXTRACT_ONLY, true);
        if (!alike) return false;
    }
    return true;
}

}  // namespace portcullis::certs
