// Owning pointers for OpenSSL's objects.
// Nothing but ownership: no behaviour lives here.
#pragma once

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace portcullis::certs {

template <auto Free>
struct openssl_free {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

/// OPENSSL_free is a macro; this is it as a function.
inline void openssl_release(void* memory) noexcept {
    OPENSSL_free(memory);
}

using openssl_bytes_ptr = std::unique_ptr<unsigned char, openssl_free<openssl_release>>;
using openssl_string_ptr = std::unique_ptr<char, openssl_free<openssl_release>>;
using ssl_ctx_ptr = std::unique_ptr<SSL_CTX, openssl_free<SSL_CTX_free>>;
using ssl_ptr = std::unique_ptr<SSL, openssl_free<SSL_free>>;
using ssl_session_ptr = std::unique_ptr<SSL_SESSION, openssl_free<SSL_SESSION_free>>;
using x509_ptr = std::unique_ptr<X509, openssl_free<X509_free>>;
using x509_crl_ptr = std::unique_ptr<X509_CRL, openssl_free<X509_CRL_free>>;
using x509_store_ptr = std::unique_ptr<X509_STORE, openssl_free<X509_STORE_free>>;
using x509_name_ptr = std::unique_ptr<X509_NAME, openssl_free<X509_NAME_free>>;
using general_names_ptr = std::unique_ptr<GENERAL_NAMES, openssl_free<GENERAL_NAMES_free>>;
using general_name_ptr = std::unique_ptr<GENERAL_NAME, openssl_free<GENERAL_NAME_free>>;
using evp_pkey_ptr = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;
using evp_cipher_ptr = std::unique_ptr<EVP_CIPHER, openssl_free<EVP_CIPHER_free>>;
using evp_cipher_ctx_ptr = std::unique_ptr<EVP_CIPHER_CTX, openssl_free<EVP_CIPHER_CTX_free>>;
using evp_md_ctx_ptr = std::unique_ptr<EVP_MD_CTX, openssl_free<EVP_MD_CTX_free>>;
using bignum_ptr = std::unique_ptr<BIGNUM, openssl_free<BN_free>>;
using bio_ptr = std::unique_ptr<BIO, openssl_free<BIO_free_all>>;

}  // namespace portcullis::certs
