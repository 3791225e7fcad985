// Issuing X.509 v3 certificates: a certificate authority and what it signs.
// In memory only; which files they go to is pairs' affair.
#pragma once

#include "certs/alternative_name.hpp"
#include "certs/key_type.hpp"
#include "certs/openssl_ptr.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <vector>

namespace portcullis::certs {

struct issued_pair {
    x509_ptr certificate;
    evp_pkey_ptr key;
};

struct subject_names {
    std::string organization;  ///< O; empty: none
    std::string common_name;   ///< CN, at most 64 characters (RFC 5280, ub-common-name)
};

/// What a certificate may be used for.
enum class role {
    server,      ///< the gate toward clients: serverAuth
    aggregator,  ///< serverAuth, and clientAuth for what aggregators dial themselves
    client,      ///< clientAuth
};

/// A self-signed CA. Errors: errc::openssl_failed.
[[nodiscard]] boost::system::result<issued_pair> make_authority(const subject_names& subject, key_type type, int days);

/// A fresh key and its certificate, signed by `authority` and not valid for longer than it. Errors:
/// errc::openssl_failed.
[[nodiscard]] boost::system::result<issued_pair> issue(const issued_pair& authority, role use,
                                                       const subject_names& subject,
                                                       const std::vector<alternative_name>& names, key_type type,
                                                       int days);

}  // namespace portcullis::certs
