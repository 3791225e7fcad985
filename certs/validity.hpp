// From when until when a certificate or CRL holds, in words and days.
// Compares with the system's clock; says nothing about who signed.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/problem.hpp"

#include <cstdint>
#include <string>

namespace portcullis::certs {

/// "2026-01-31T12:00:00Z"; empty if the certificate's time cannot be read.
[[nodiscard]] std::string iso8601(const ASN1_TIME* time);

/// Whole days from now, rounded down: 0 for later today, negative once past. An unreadable time counts as past.
[[nodiscard]] std::int64_t days_until(const ASN1_TIME* time);

enum class validity { not_yet, valid, expired };
[[nodiscard]] validity validity_of(const X509* certificate);

/// Reports a certificate of ours that is not valid (an error), or not for 30 days more (a warning). `what` begins the
/// sentence: "server-cert.pem".
void check_validity(const X509* certificate, const std::string& setting, const std::string& what, problems& found);

}  // namespace portcullis::certs
