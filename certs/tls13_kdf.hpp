// OpenSSL's TLS13-KDF, the key schedule of TLS 1.3 (RFC 8446, 7.1), by hkdf: for speed, and because the secrets of the
// records come by here. Registered by provider; does what libssl asks for and no more.
#pragma once

#include <openssl/core.h>

namespace portcullis::certs {

/// For a provider's list.
[[nodiscard]] const OSSL_ALGORITHM* tls13_kdf_algorithms();

/// A self-test, once the provider is loaded: both modes, with both hashes.
[[nodiscard]] bool tls13_kdf_derives_as_openssl_does();

}  // namespace portcullis::certs
