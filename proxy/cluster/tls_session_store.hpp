// TLS sessions of one aggregator kept for resumption: an abbreviated handshake costs a fraction of a full one.
// Holds the last session only; servers give a new one with every connection.
#pragma once

#include "certs/openssl_ptr.hpp"

#include <mutex>

namespace portcullis::cluster {

class tls_session_store {
public:
    /// Makes `context` hand new sessions to the store attached to their connection. Once per context.
    static void install(SSL_CTX* context);

    /// Prepares `ssl` (of an installed context): offers the kept session, if any, and will keep the new one. The store
    /// must outlive the connection.
    void attach(SSL* ssl);

private:
    static int keep(SSL* ssl, SSL_SESSION* session);

    std::mutex mutex_;
    certs::ssl_session_ptr last_;
};

}  // namespace portcullis::cluster
