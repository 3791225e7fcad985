// AES-GCM by Intel's Multi-Buffer library as OpenSSL calls it: OpenSSL before 3.1 does not use the wide AES and
// carry-less multiplication of recent CPUs (VAES, VPCLMULQDQ), which are worth a factor of 2.7.
// TLS stays OpenSSL's; only what seals and opens a record's bytes is another's. Registered by provider.
#pragma once

#include <openssl/core.h>

namespace portcullis::certs {

/// False where OpenSSL's own is to be used: built without the library, an OpenSSL that is as fast, a CPU without these
/// instructions.
[[nodiscard]] bool aes_gcm_is_worth_it();

/// AES-128-GCM and AES-256-GCM, for a provider's list; nullptr where built without the library.
[[nodiscard]] const OSSL_ALGORITHM* aes_gcm_algorithms();

/// A self-test, once the provider is loaded: what both seal alike is sealed as it should be.
[[nodiscard]] bool aes_gcm_seals_as_openssl_does();

}  // namespace portcullis::certs
