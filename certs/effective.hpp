// What a context really speaks after OpenSSL's security level and the system's policy: found out by shaking hands in
// memory, once per version. Needs no socket.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/tls_version.hpp"

#include <string>
#include <vector>

namespace portcullis::certs {

struct effective_policy {
    tls_version_set versions;         ///< those with which a handshake succeeded
    std::vector<std::string> suites;  ///< names, most preferred first, of those a handshake could choose
};

/// Costs some ten handshakes, some hundred with TLS 1.0 and 1.1. To be called before the context is in use: its
/// callbacks would hear of these handshakes.
[[nodiscard]] effective_policy effective_of_server(SSL_CTX* context);

/// The same against servers of our own with fresh certificates, which for these handshakes need not verify.
[[nodiscard]] effective_policy effective_of_client(SSL_CTX* context);

}  // namespace portcullis::certs
