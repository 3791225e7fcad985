// TLS13-KDF by OpenSSL's interface, of whichever provider a test asks.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "tests/unit/certs/hexadecimal.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <optional>

namespace portcullis::certs::test {

struct derivation {
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    std::string mode_text{};  ///< instead of `mode`, unless empty
    std::string digest = "SHA2-256";
    std::optional<bytes> key{};
    std::optional<bytes> salt{};
    std::string prefix = "tls13 ";
    std::string label = "derived";
    std::optional<bytes> data{};
    std::size_t size = 32;
};

/// Nothing: it was refused.
inline std::optional<bytes> derive(const char* from, derivation asked) {
    const std::unique_ptr<EVP_KDF, openssl_free<EVP_KDF_free>> kdf(
        EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_3_KDF, from));
    const std::unique_ptr<EVP_KDF_CTX, openssl_free<EVP_KDF_CTX_free>> context(EVP_KDF_CTX_new(kdf.get()));
    if (!context) return std::nullopt;
    std::vector<OSSL_PARAM> given;
    const auto add = [&given](const char* name, bytes& value) {
        static std::uint8_t none = 0;
        given.push_back(OSSL_PARAM_construct_octet_string(name, value.empty() ? &none : value.data(), value.size()));
    };
    if (asked.mode_text.empty())
        given.push_back(OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &asked.mode));
    else
        given.push_back(OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, asked.mode_text.data(), 0));
    if (!asked.digest.empty())
        given.push_back(OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, asked.digest.data(), 0));
    if (asked.key) add(OSSL_KDF_PARAM_KEY, *asked.key);
    if (asked.salt) add(OSSL_KDF_PARAM_SALT, *asked.salt);
    if (asked.data) add(OSSL_KDF_PARAM_DATA, *asked.data);
    given.push_back(OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, asked.prefix.data(), asked.prefix.size()));
    given.push_back(OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, asked.label.data(), asked.label.size()));
    given.push_back(OSSL_PARAM_construct_end());
    bytes out(asked.size);
    const bool done = EVP_KDF_derive(context.get(), out.data(), out.size(), given.data()) == 1;
    ERR_clear_error();
    return done ? std::optional(out) : std::nullopt;
}

}  // namespace portcullis::certs::test
