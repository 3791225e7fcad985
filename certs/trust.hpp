// Whom we believe: the CAs and CRLs against which a peer's certificate is verified.
// Builds the store; verification itself is OpenSSL's, its failures are worded by verification_failure.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/pem_file.hpp"
#include "certs/problem.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace portcullis::certs {

struct trust {
    x509_store_ptr store;
    std::vector<x509_ptr> authorities;  ///< what ssl_ca holds; empty for the system's certificates
    std::vector<x509_crl_ptr> crls;     ///< what ssl_crl holds
};

/// Loads CAs (`ca` empty: the system's) and CRLs (`crl` empty: no revocation check) and reports under "ssl_ca" and
/// "ssl_crl". Files with errors leave their part out.
[[nodiscard]] trust load_trust(const std::filesystem::path& ca, const std::filesystem::path& crl, problems& found);

/// Reads a file of certificates or CRLs. Without value, and reported under `setting`, if it cannot be read or holds a
/// private key: such files are given to everybody.
[[nodiscard]] std::optional<pem_contents> read_public(const std::filesystem::path& file, const char* setting,
                                                      problems& found);

}  // namespace portcullis::certs
