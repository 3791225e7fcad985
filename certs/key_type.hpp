// The kinds of private key that the gate makes, by the names the command line uses.
// Keys read from files may be of any kind OpenSSL knows; this is about new ones.
#pragma once

#include "certs/openssl_ptr.hpp"

#include <boost/system/result.hpp>

#include <string_view>

namespace portcullis::certs {

enum class key_type { rsa_2048, rsa_3072, rsa_4096, ecdsa_p256, ecdsa_p384 };

/// "rsa:2048", "rsa:3072", "rsa:4096", "ecdsa:P-256", "ecdsa:P-384"; case does not matter. Errors: errc::bad_key_type.
[[nodiscard]] boost::system::result<key_type> parse_key_type(std::string_view text);
[[nodiscard]] std::string_view to_string(key_type type);

/// A fresh private key. Errors: errc::openssl_failed.
[[nodiscard]] boost::system::result<evp_pkey_ptr> generate_key(key_type type);

}  // namespace portcullis::certs
