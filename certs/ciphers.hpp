// The cipher lists of `ssl_cipher` and `tls_ciphersuites`: checked word by word, because OpenSSL passes silently over
// what it does not know. What a context then really speaks is effective's affair.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/problem.hpp"

#include <string>

namespace portcullis::certs {

/// Sets the ciphers of TLS 1.2 and below, in OpenSSL's list format. Ciphers without encryption or without a server's
/// certificate are taken out whatever the list says. Reports under "ssl_cipher": a list with nothing usable in it is an
/// error, a word that selects nothing a warning.
void apply_ciphers(SSL_CTX* context, const std::string& list, problems& found);

/// Sets the suites of TLS 1.3, colon separated. Reports an unknown one as an error under "tls_ciphersuites".
void apply_ciphersuites(SSL_CTX* context, const std::string& list, problems& found);

}  // namespace portcullis::certs
