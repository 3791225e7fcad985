#include "certs/peer_identity.hpp"

#include "certs/describe.hpp"
#include "certs/openssl_ptr.hpp"
#include "certs/validity.hpp"

namespace portcullis::certs {
namespace {

std::optional<peer_certificate> verified_certificate(const SSL* ssl) {
    // Without a certificate the result is X509_V_OK as well.
    const X509* const shown = SSL_get0_peer_certificate(ssl);
    if (shown == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return std::nullopt;
    // A resumed session carries the verdict of its first handshake; the certificate may have expired since.
    if (validity_of(shown) != validity::valid) return std::nullopt;
    return peer_certificate{distinguished_name::from(X509_get_subject_name(shown)),
                            distinguished_name::from(X509_get_issuer_name(shown)), serial_of(shown)};
}

}  // namespace

tls_facts facts_of(const ssl_st* ssl) {
    tls_facts facts;
    facts.version = SSL_get_version(ssl);
    if (const auto* const cipher = SSL_get_current_cipher(ssl)) facts.cipher = SSL_CIPHER_get_name(cipher);
    facts.resumed = SSL_session_reused(ssl) == 1;
    facts.certificate = verified_certificate(ssl);
    return facts;
}

}  // namespace portcullis::certs
