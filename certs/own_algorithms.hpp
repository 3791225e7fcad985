// What of TLS is the gate's own and not OpenSSL's, as the configuration has it. How: provider, record_cipher.
#pragma once

struct ssl_ctx_st;

namespace portcullis::certs {

struct own_algorithms {
    bool aes_gcm = true;  ///< by Intel's Multi-Buffer library
    bool tls13 = true;    ///< the key schedule and, with it, the records of proxy/net/tls_stream
};

/// The context keeps it for own_algorithms_of().
[[nodiscard]] bool set_own_algorithms(ssl_ctx_st* context, const own_algorithms& own);
/// All, of a context that was told nothing.
[[nodiscard]] own_algorithms own_algorithms_of(const ssl_ctx_st* context);

}  // namespace portcullis::certs
