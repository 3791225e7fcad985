// What a test of the gate's TLS talks to: OpenSSL with a certificate made up on the spot.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/provider.hpp"

#include <openssl/err.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

namespace portcullis::net::test {

using bytes = std::vector<std::uint8_t>;

inline bytes counting(std::size_t size) {
    bytes out(size);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    return out;
}

inline void use_new_certificate(SSL_CTX* context) {
    static const certs::evp_pkey_ptr key(EVP_EC_gen("P-256"));
    static const certs::x509_ptr certificate = [] {
        certs::x509_ptr made(X509_new());
        X509_set_version(made.get(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), 36000);
        X509_set_pubkey(made.get(), key.get());
        X509_sign(made.get(), key.get(), EVP_sha256());
        return made;
    }();
    SSL_CTX_use_certificate(context, certificate.get());
    SSL_CTX_use_PrivateKey(context, key.get());
}

/// `suite` is of TLS 1.3 alone; empty: TLS 1.2. `properties`: whose algorithms it takes, see certs/provider.
inline certs::ssl_ctx_ptr make_context(bool serves, const std::string& suite, const char* properties) {
    certs::ssl_ctx_ptr made(SSL_CTX_new_ex(nullptr, properties, serves ? TLS_server_method() : TLS_client_method()));
    const int version = suite.empty() ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX_set_min_proto_version(made.get(), version);
    SSL_CTX_set_max_proto_version(made.get(), version);
    if (!suite.empty()) SSL_CTX_set_ciphersuites(made.get(), suite.c_str());
    SSL_CTX_set_session_id_context(made.get(), reinterpret_cast<const unsigned char*>("test"), 4);
    if (serves) use_new_certificate(made.get());
    return made;
}

/// The number of the alert that OpenSSL failed by; -1: it failed by something else, and so does what reads it.
inline int alert_in_error_queue() {
    int alert = -1;
    while (const auto code = ERR_get_error())
        if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET)
            alert = ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET;
    return alert;
}

}  // namespace portcullis::net::test
