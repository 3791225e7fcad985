// Certificates and keys as PEM text.
// Writing only; pem_file reads.
#pragma once

#include "certs/openssl_ptr.hpp"

#include <string>

namespace portcullis::certs {

/// Empty if OpenSSL refused.
[[nodiscard]] std::string pem_of(X509* certificate);

/// PKCS#8 ("BEGIN PRIVATE KEY"), or with `traditional` PKCS#1 and SEC1 ("BEGIN RSA PRIVATE KEY", "BEGIN EC PRIVATE
/// KEY"). A secret: to be cleansed by the caller. Empty if OpenSSL refused.
[[nodiscard]] std::string pem_of(EVP_PKEY* key, bool traditional);

}  // namespace portcullis::certs
