// A certificate chain with its private key: read from two files and judged.
// Judges what is ours; what peers show is trust's affair.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/problem.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace portcullis::certs {

/// A certificate chain (PEM, leaf first) and its private key (PEM, not encrypted, readable by its owner alone). Both
/// may be one file.
struct certificate_pair {
    std::filesystem::path cert;
    std::filesystem::path key;
};

enum class pair_use { server, client };

struct loaded_pair {
    std::vector<x509_ptr> certificates;  ///< leaf first
    evp_pkey_ptr key;
};

/// Reads a pair and reports everything that is wrong with it, under "ssl_cert" and "ssl_key". Without value if there
/// was an error.
[[nodiscard]] std::optional<loaded_pair> load_pair(const certificate_pair& files, pair_use use, problems& found);

/// Reads one private key under the same rules. nullptr if there was an error.
[[nodiscard]] evp_pkey_ptr load_key(const std::filesystem::path& file, problems& found);

}  // namespace portcullis::certs
