// The RSA keys by which caching_sha2_password and sha256_password hide a password on a leg without TLS.
// Encrypts and decrypts; who asks whom for which key is proxy/cluster/password_exchange.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/problem.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::certs {

/// A private key of the gate, with its public half as clients want it. May be used by several threads at once.
/// Padding: RSA-OAEP with SHA-1, which the two plugins fix (MySQL Internals, "Caching SHA-2 pluggable authentication").
class password_key {
public:
    /// A new key of 2048 bits; takes about a tenth of a second. nullptr if OpenSSL fails.
    [[nodiscard]] static std::shared_ptr<const password_key> make();

    /// Reads an RSA key of 2048 bits or more from PEM, under the rules of load_key(). nullptr if there was an error,
    /// reported under `setting`.
    [[nodiscard]] static std::shared_ptr<const password_key> load(const std::string& setting,
                                                                  const std::filesystem::path& file, problems& found);

    /// "BEGIN PUBLIC KEY"
    [[nodiscard]] const std::string& public_pem() const { return public_pem_; }

    /// Nothing if it was not encrypted for this key. The caller wipes the result.
    [[nodiscard]] std::optional<std::vector<std::uint8_t>> decrypt(std::span<const std::uint8_t> hidden) const;

private:
    explicit password_key(evp_pkey_ptr key);

    evp_pkey_ptr key_;
    std::string public_pem_;
};

/// Encrypts for the key a server sent in PEM. Nothing if that is no RSA key of 1024 to 16384 bits, or if it is too
/// short for `readable`.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> encrypt_for(std::string_view public_pem,
                                                                   std::span<const std::uint8_t> readable);

}  // namespace portcullis::certs
