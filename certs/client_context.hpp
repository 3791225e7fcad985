// The SSL_CTX the gate uses toward the aggregators of one cluster: trust store, own certificate, versions, ciphers.
// One per cluster, shared by all its connections.
#pragma once

#include "certs/certificate_pair.hpp"
#include "certs/openssl_ptr.hpp"
#include "certs/own_algorithms.hpp"
#include "certs/problem.hpp"
#include "certs/tls_version.hpp"
#include "certs/verification_failure.hpp"

#include <boost/system/error_code.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace portcullis::certs {

/// How far the aggregator's certificate is checked: MySQL's --ssl-mode of the same names.
enum class verification {
    none,      ///< encrypted, anybody may answer (PREFERRED, REQUIRED)
    ca,        ///< the chain must verify (VERIFY_CA)
    identity,  ///< and the certificate must name the configured host (VERIFY_IDENTITY)
};

struct client_settings {
    std::filesystem::path ca;  ///< empty with ca/identity: the system's trust store
    std::filesystem::path crl;
    certificate_pair pair;  ///< both empty: no client certificate
    tls_version_set versions;
    std::string ciphers;
    std::string ciphersuites;
    verification verify = verification::ca;
    own_algorithms own;                  ///< what is not left to OpenSSL
    bool legacy_server_connect = false;  ///< SSL_OP_LEGACY_SERVER_CONNECT
};

/// As make_server_context: whole or nullptr, every problem reported. Client-side session cache mode is on, external
/// (SSL_SESS_CACHE_CLIENT | NO_INTERNAL): the caller takes sessions by SSL_CTX_sess_set_new_cb. A resumed session is
/// not verified again, so it may be offered only to the host it came from and only with the context it came from.
/// OpenSSL makes a kept session useless when its SSL is freed without SSL_SENT_SHUTDOWN being set.
[[nodiscard]] ssl_ctx_ptr make_client_context(const client_settings& settings, problems& found);

/// Prepares one connection: for verification::identity sets the name or IP address to be checked, against the subject
/// alternative names alone (IP addresses against IP entries, CN never); sends `host` as SNI unless it is an address.
/// Errors: errc::bad_host if nothing could be checked under verification::identity.
[[nodiscard]] boost::system::error_code set_expected_host(SSL* ssl, std::string_view host, verification verify);

}  // namespace portcullis::certs
