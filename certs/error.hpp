// The error codes of the certs room.
#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace portcullis::certs {

enum class errc {
    bad_distinguished_name = 1,  ///< not of the form /TYPE=value/TYPE=value
    bad_tls_version,             ///< not a comma separated subset of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3
    cannot_read,                 ///< file missing or unreadable
    cannot_write,                ///< file exists already (without --force) or the folder is not writable
    no_certificate,              ///< the file holds no PEM certificate
    openssl_failed,              ///< OpenSSL refused; its own text is in last_openssl_error()
};

[[nodiscard]] const boost::system::error_category& category() noexcept;
[[nodiscard]] inline boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

}  // namespace portcullis::certs

template <>
struct boost::system::is_error_code_enum<portcullis::certs::errc> : std::true_type {};
