// Why a peer's certificate was refused, in words for the log.
// OpenSSL decides; this remembers what it said and about which certificate.
#pragma once

#include "certs/openssl_ptr.hpp"

#include <string>

namespace portcullis::certs {

/// The verify callback of every context of ours: remembers the first failure with its SSL and changes nothing.
int remember_failure(int verified, X509_STORE_CTX* context) noexcept;

/// Why the verification of the peer failed, for the log ("certificate has expired (depth 0, /CN=db1)"); empty if it
/// did not, and where nothing was to be verified (verification::none).
[[nodiscard]] std::string verification_failure(const SSL* ssl);

}  // namespace portcullis::certs
