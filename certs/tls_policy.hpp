// Versions, ciphers and the fixed options of a context, the same for listeners and clusters but for their defaults.
// Certificates and trust come afterwards: what is acceptable there depends on the security level set here.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/problem.hpp"
#include "certs/tls_version.hpp"

#include <string>

namespace portcullis::certs {

struct tls_policy {
    enum class side { server, client };
    side of = side::server;
    tls_version_set versions;
    std::string ciphers;       ///< empty: the default for `versions`
    std::string ciphersuites;  ///< empty: OpenSSL's, which the system's policy may have narrowed
};

/// Reports under "tls_version", "ssl_cipher" and "tls_ciphersuites". Whatever the system's openssl.cnf says about
/// versions is overridden: an explicit list is an explicit list.
///
/// A client cannot offer a list with a gap (it says one highest version, RFC 5246 E.1, and OpenSSL offers one range):
/// the versions above the gap are used, and a warning names those that are not. Servers accept exactly the list.
void apply_policy(SSL_CTX* context, const tls_policy& policy, problems& found);

/// The default for ssl_cipher. TLS 1.2 alone: forward secrecy and AEAD only. With TLS 1.0 or 1.1 asked for: AES in CBC
/// mode and RSA key exchange as well, since those versions have nothing better.
[[nodiscard]] std::string default_ciphers(const tls_policy& policy);

}  // namespace portcullis::certs
