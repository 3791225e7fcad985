// Who the other end of a TLS connection is and how the connection is protected: plain values, taken once.
// Decides nothing; proxy/gate does.
#pragma once

#include "certs/distinguished_name.hpp"

#include <optional>
#include <string>

struct ssl_st;

namespace portcullis::certs {

/// The peer's verified certificate.
struct peer_certificate {
    distinguished_name subject;
    distinguished_name issuer;
    std::string serial;  ///< hexadecimal
};

/// The facts of an established TLS connection.
struct tls_facts {
    std::string version;  ///< OpenSSL's and MySQL's name: "TLSv1.3"
    std::string cipher;   ///< as SHOW STATUS LIKE 'Ssl_cipher' prints it: "TLS_AES_256_GCM_SHA384"
    bool resumed = false;
    /// Present only if the peer showed a certificate *and* its chain was verified (SSL_get_verify_result is X509_V_OK),
    /// on a full handshake and on a resumed one alike.
    std::optional<peer_certificate> certificate;
};

[[nodiscard]] tls_facts facts_of(const ssl_st* ssl);

}  // namespace portcullis::certs
