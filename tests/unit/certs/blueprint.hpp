// Certificates, CRLs and files to test with, built by OpenSSL's own functions and not by the room under test.
#pragma once

#include "certs/openssl_ptr.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::certs::test {

struct blueprint {
    std::string common_name = "test";
    int version = 3;
    long valid_from = -3600;                ///< seconds from now
    long valid_until = 8640000;             ///< 100 days
    std::map<int, std::string> extensions;  ///< NID and OpenSSL's text of it; version 3 only
    const char* digest = "SHA256";          ///< nullptr: the key's own
    long serial = 0;                        ///< 0: a new one
};

[[nodiscard]] blueprint ca(std::string common_name);
[[nodiscard]] blueprint server(std::string common_name, std::string alternative_names = "DNS:localhost");
[[nodiscard]] blueprint client(std::string common_name);
/// What the plain openssl recipe makes: version 1, a CN and nothing else.
[[nodiscard]] blueprint version_1(std::string common_name);

[[nodiscard]] evp_pkey_ptr ecdsa_key(const char* curve = "P-256");
[[nodiscard]] evp_pkey_ptr rsa_key(unsigned bits = 2048);

/// A certificate with its key, and the chain to send behind it.
struct built {
    x509_ptr certificate;
    evp_pkey_ptr key;

    [[nodiscard]] std::string cert_pem() const;
    [[nodiscard]] std::string key_pem() const;
};

/// Signed by `issuer`, or by itself if that is nullptr.
[[nodiscard]] built build(const blueprint& plan, const built* issuer = nullptr, evp_pkey_ptr key = ecdsa_key());

struct crl_blueprint {
    std::vector<const built*> revoked;
    long last_update = -3600;
    long next_update = 8640000;
};
[[nodiscard]] std::string crl_pem(const built& issuer, const crl_blueprint& plan = {});

/// A folder of its own, gone with the object.
class scratch_folder {
public:
    scratch_folder();
    ~scratch_folder();
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
    /// Writes a file with exactly this mode.
    std::filesystem::path write(std::string_view name, std::string_view text, unsigned mode = 0644) const;
    std::filesystem::path write_key(std::string_view name, const built& pair) const;

private:
    std::filesystem::path path_;
};

[[nodiscard]] std::string read_file(const std::filesystem::path& file);

}  // namespace portcullis::certs::test
