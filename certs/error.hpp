// The error codes of the certs room. Where the operating system refused, functions return its own code instead.
#pragma once

#include <boost/system/error_code.hpp>

#include <string>
#include <type_traits>

namespace portcullis::certs {

enum class errc {
    bad_distinguished_name = 1,  ///< not of the form /TYPE=value/TYPE=value
    bad_tls_version,             ///< not a comma separated subset of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3
    bad_key_type,                ///< not one of the words parse_key_type() knows
    bad_alternative_name,        ///< neither a DNS name nor an IP address
    bad_host,                    ///< empty, too long or with a NUL: nothing a certificate could be compared with
    bad_path,                    ///< empty or with a NUL
    not_a_regular_file,          ///< a pipe, socket or device
    file_too_large,              ///< larger than any PEM file in use
    damaged_pem,                 ///< a PEM block that cannot be decoded
    no_certificate,              ///< the file holds no PEM certificate
    openssl_failed,              ///< OpenSSL refused; its own text is in last_openssl_error()
};

[[nodiscard]] const boost::system::error_category& category() noexcept;
[[nodiscard]] inline boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

/// What OpenSSL has queued for this thread, oldest first, in one line; empties the queue. Empty if there was nothing.
/// For logs and sentences to the administrator, never for a peer.
[[nodiscard]] std::string last_openssl_error();

}  // namespace portcullis::certs

template <>
struct boost::system::is_error_code_enum<portcullis::certs::errc> : std::true_type {};
