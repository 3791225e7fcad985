// The SSL_CTX of a listener: certificate pairs, client verification, versions, ciphers, tickets.
// Owns no socket; built whole or not at all.
#pragma once

#include "certs/certificate_pair.hpp"
#include "certs/openssl_ptr.hpp"
#include "certs/own_algorithms.hpp"
#include "certs/problem.hpp"
#include "certs/tls_version.hpp"
#include "certs/verification_failure.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace portcullis::certs {

struct server_settings {
    std::vector<certificate_pair> pairs;  ///< one per key type: RSA beside ECDSA
    std::filesystem::path ca;             ///< verifies client certificates; empty: none is asked for
    std::filesystem::path crl;            ///< PEM, one or more CRLs; empty: no revocation check
    tls_version_set versions;
    std::string ciphers;             ///< TLS 1.2 and below, OpenSSL's list; empty: the secure default
    std::string ciphersuites;        ///< TLS 1.3; empty: OpenSSL's default
    own_algorithms own;              ///< what is not left to OpenSSL
    std::string session_id_context;  ///< sessions resume only where this is equal (RFC 5246 7.4.1.2); hashed
};

/// Builds the context. Returns nullptr if `found` received an error; all problems are reported, not the first alone:
/// missing or unreadable files, a key readable by group or others (with the chmod that mends it), a pair that does not
/// match, expired or not yet valid certificates, a chain in the wrong order, a purpose that forbids servers,
/// unknown ciphers, versions that are weak (warning).
///
/// Fixed policy: no compression, no renegotiation, no early data, SSL_MODE_RELEASE_BUFFERS,
/// SSL_MODE_ENABLE_PARTIAL_WRITE, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, server's cipher preference, @SECLEVEL=0 only
/// where `versions` names TLSv1 or TLSv1.1. A client may show no certificate; one that it shows must verify.
///
/// Sessions resume by tickets alone: nothing is kept here, so a thousand sessions cost no memory and workers share no
/// lock. The session id context depends on the policy and on what is trusted, so after a reload that changed them old
/// tickets lead to a full handshake. Until use_ticket_keys() the keys of the tickets are this context's own.
[[nodiscard]] ssl_ctx_ptr make_server_context(const server_settings& settings, problems& found);

}  // namespace portcullis::certs
