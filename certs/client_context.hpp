// The SSL_CTX the gate uses toward the aggregators of one cluster: trust store, own certificate, versions, ciphers.
// One per cluster, shared by all its connections.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/problem.hpp"
#include "certs/server_context.hpp"
#include "certs/tls_version.hpp"

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
    bool legacy_server_connect = false;  ///< SSL_OP_LEGACY_SERVER_CONNECT
};

/// As make_server_context: whole or nullptr, every problem reported. Client-side session cache mode is on, external
/// (SSL_SESS_CACHE_CLIENT | NO_INTERNAL_STORE): the caller takes sessions by SSL_CTX_sess_set_new_cb.
[[nodiscard]] ssl_ctx_ptr make_client_context(const client_settings& settings, problems& found);

/// Prepares one connection: for verification::identity sets the name or IP address to be checked (IP addresses against
/// IP SAN only); sends `host` as SNI unless it is an address.
[[nodiscard]] boost::system::error_code set_expected_host(SSL* ssl, std::string_view host, verification verify);

/// Why the verification of the peer failed, for the log ("certificate has expired (depth 0, /CN=db1)"); empty if it
/// did not.
[[nodiscard]] std::string verification_failure(const SSL* ssl);

}  // namespace portcullis::certs
