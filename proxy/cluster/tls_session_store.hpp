// TLS sessions of one aggregator kept for resumption: an abbreviated handshake costs a fraction of a full one.
// Holds the last session only. Servers offer a new one with every connection, which is work for both; it is taken every
// so often. A ticket that is used several times lets who listens see that the same gate comes back (RFC 8446, C.4),
// which its address says as well; keys are new each time.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "proxy/net/tls_stream.hpp"

#include <chrono>
#include <mutex>

namespace portcullis::cluster {

class tls_session_store {
public:
    /// Makes `context` hand new sessions to the store attached to their connection. Once per context.
    static void install(SSL_CTX* context);

    /// How long a session is offered without taking another one.
    static constexpr std::chrono::seconds fresh{10};

    /// Prepares `ssl` (of an installed context): offers the kept session, if any, and will keep a new one. Returns
    /// whether one is wanted. The store must outlive the connection.
    [[nodiscard]] net::tls_stream::tickets attach(SSL* ssl);

private:
    static int keep(SSL* ssl, SSL_SESSION* session);

    std::mutex mutex_;
    certs::ssl_session_ptr last_;
    std::chrono::steady_clock::time_point kept_at_;
};

}  // namespace portcullis::cluster
