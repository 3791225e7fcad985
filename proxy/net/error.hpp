// Why a connection can no longer be used, beyond what the operating system says.
// Not what a client reads: that is proxy/session/refusal.
#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace portcullis::net {

enum class errc {
    end_of_stream = 1,  ///< the peer ended its direction in good order (close_notify, or FIN in plaintext)
    truncated,          ///< FIN inside TLS without close_notify
    tls_failed,         ///< OpenSSL refused; tls_stream::failure() has its words
    tls_barren,         ///< TLS messages and hardly any data: a flood of KeyUpdates, renegotiations or empty records
    resolve_failed,     ///< a host name has no address
};

[[nodiscard]] const boost::system::error_category& category() noexcept;
[[nodiscard]] inline boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

/// True for the two ways a peer says "no more bytes from me".
[[nodiscard]] inline bool is_end(const boost::system::error_code& error) {
    return error == make_error_code(errc::end_of_stream) || error == make_error_code(errc::truncated);
}

}  // namespace portcullis::net

template <>
struct boost::system::is_error_code_enum<portcullis::net::errc> : std::true_type {};
