// What a PEM file holds, sorted by kind.
// Reads and decodes; whether that is what a setting needs is judged by certificate_pair and trust.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/problem.hpp"

#include <boost/system/result.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::certs {

struct pem_contents {
    std::vector<x509_ptr> certificates;  ///< in the order of the file
    std::vector<x509_crl_ptr> crls;
    std::vector<evp_pkey_ptr> keys;
    bool encrypted_key = false;       ///< a key there is, but behind a passphrase; it is not in `keys`
    std::vector<std::string> others;  ///< labels of the remaining blocks, "CERTIFICATE REQUEST"
    std::string damage;               ///< "block 2 (CERTIFICATE)": the first that cannot be decoded; empty: none
    bool looks_like_der = false;      ///< no PEM at all but the binary form
    bool open_to_others = false;      ///< see secret_file

    [[nodiscard]] bool has_private_key() const { return encrypted_key || !keys.empty(); }
};

/// Reads regular files only (through symbolic links), up to 64 MiB, and never asks for a passphrase.
/// Errors: the operating system's, errc::bad_path, errc::not_a_regular_file, errc::file_too_large.
[[nodiscard]] boost::system::result<pem_contents> read_pem(const std::filesystem::path& file);

/// "a private key", "2 certificates and a certificate request", "nothing in PEM": what the file holds, in words.
[[nodiscard]] std::string contents_in_words(const pem_contents& contents);

/// read_pem() with its failures and damage reported under `setting`, in sentences that say what to do.
[[nodiscard]] std::optional<pem_contents> read_pem_for(const std::string& setting, const std::filesystem::path& file,
                                                       problems& found);

}  // namespace portcullis::certs
