// What of TLS is the gate's own inside OpenSSL, as a provider that is built in: the key schedule of TLS 1.3 (tls13_kdf)
// and, where it is worth it, AES-GCM (aes_gcm). TLS stays OpenSSL's; it asks for these by a property.
#pragma once

#include "certs/own_algorithms.hpp"

#include <openssl/core_dispatch.h>

namespace portcullis::certs {

/// What the algorithms are asked for by: provider(7), property(7).
constexpr const char* aes_gcm_property = "portcullis.aes_gcm=yes";
constexpr const char* tls13_kdf_property = "portcullis.tls13_kdf=yes";

/// The property query with which to make an SSL_CTX (SSL_CTX_new_ex(3)), so that it takes what the provider has and
/// everything else as ever; what is not wanted, or failed its self-test, is OpenSSL's own. nullptr: there is no
/// provider, as in a FIPS configuration.
[[nodiscard]] const char* provider_properties(const own_algorithms& wanted);

/// What of the wish can be had: nothing in a FIPS configuration, and only what passed its self-test. Whether Intel's
/// library is there is record_cipher's to know.
[[nodiscard]] own_algorithms available(const own_algorithms& wanted);

/// Whether AES-GCM inside OpenSSL is the provider's, if it is asked for.
[[nodiscard]] bool provides_aes_gcm();

/// An entry of an algorithm's table.
template <class Function>
OSSL_DISPATCH provider_function(int id, Function* function) {
    return {id, reinterpret_cast<void (*)()>(function)};
}

}  // namespace portcullis::certs
