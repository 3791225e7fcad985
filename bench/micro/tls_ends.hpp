// Certificates for a benchmark and the contexts that the gate makes of them: a listener's and a cluster's.
// Made once per kind of key and kept in a folder of /tmp until the program ends.
#pragma once

#include "certs/client_context.hpp"
#include "certs/key_type.hpp"
#include "certs/openssl_ptr.hpp"
#include "certs/server_context.hpp"

#include <string>

namespace portcullis::bench {

struct tls_choice {
    std::string version;  ///< "TLSv1.2" or "TLSv1.3"
    certs::key_type key = certs::key_type::ecdsa_p256;
    std::string cipher;   ///< of that version, OpenSSL's name; empty: the gate's default
    bool mutual = false;  ///< the client has a certificate, too
};

/// A server's context and that of a client which verifies its certificate. Throws std::runtime_error.
struct tls_ends {
    explicit tls_ends(const tls_choice& choice);

    certs::ssl_ctx_ptr server;
    certs::ssl_ctx_ptr client;
};

}  // namespace portcullis::bench
