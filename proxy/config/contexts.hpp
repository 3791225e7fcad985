// A validated configuration -> the TLS contexts it asks for: one per listener that offers TLS, one per cluster that
// uses it, the RSA key for passwords, the keys of session tickets. Opens every certificate file; all problems are
// collected, none stops the rest.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/password_key.hpp"
#include "certs/ticket_keys.hpp"
#include "proxy/config/config.hpp"
#include "proxy/config/diagnostic.hpp"

#include <map>
#include <string>
#include <vector>

namespace portcullis::config {

struct contexts {
    std::map<std::string, certs::ssl_ctx_ptr, std::less<>> listeners;  ///< by name; none for a plaintext listener
    std::map<std::string, certs::ssl_ctx_ptr, std::less<>> clusters;   ///< by name; none for ssl_mode DISABLED
    certs::ssl_ctx_ptr admin;                                 ///< null: the administration interface has no TLS
    std::shared_ptr<const certs::password_key> password_key;  ///< gate.rsa_private_key's; null: none is named
    std::vector<certs::ticket_key> ticket_keys;               ///< gate.ticket_keys', as they were loaded; or none

    [[nodiscard]] SSL_CTX* of(const listener& each) const;  ///< nullptr: plaintext, or it could not be built
    [[nodiscard]] SSL_CTX* of(const cluster& each) const;
};

/// Appends to `found`, as "listener 'main': ssl_key: ..." with file and line; whole only if has_errors(found) stays
/// false.
[[nodiscard]] contexts build_contexts(const configuration& settings, diagnostics& found);

}  // namespace portcullis::config
