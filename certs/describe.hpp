// Certificates in words: what `portcullis check` and `portcullis certs show` print.
#pragma once

#include "certs/openssl_ptr.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace portcullis::certs {

struct certificate_description {
    std::string subject;  ///< distinguished_name::to_string
    std::string issuer;
    std::string serial;
    std::string not_before;  ///< ISO 8601, UTC
    std::string not_after;
    std::int64_t days_left = 0;         ///< whole days, negative once expired
    std::string key;                    ///< "RSA 2048", "ECDSA P-256"
    std::string signature;              ///< "sha256WithRSAEncryption"
    int version = 0;                    ///< 1 or 3
    bool is_ca = false;                 ///< may sign others: CA:TRUE, or a self-signed certificate of version 1
    std::vector<std::string> names;     ///< subject alternative names, "DNS:db1", "IP:10.0.0.1"
    std::vector<std::string> purposes;  ///< extended key usage, "serverAuth"; empty: not limited
    std::string fingerprint;            ///< SHA-256, colon separated
};

/// Every certificate of a PEM file, in order. Errors: those of read_pem(), errc::damaged_pem, errc::no_certificate.
[[nodiscard]] boost::system::result<std::vector<certificate_description>> describe_file(
    const std::filesystem::path& file);

/// The serial number in hexadecimal, as OpenSSL prints it.
[[nodiscard]] std::string serial_of(const X509* certificate);

}  // namespace portcullis::certs
