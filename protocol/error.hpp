// Why bytes of a peer are not a message of the protocol. One documented enumerator per failure.
// Not what a client reads: that is proxy/session/refusal.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <type_traits>

namespace portcullis::protocol {

enum class errc {
    truncated = 1,             ///< the payload ends inside a field
    trailing_bytes,            ///< bytes behind the last field of a message that has a fixed end
    bad_length,                ///< a length-encoded integer is malformed or exceeds the payload
    missing_terminator,        ///< a NUL-terminated string has no NUL
    payload_too_large,         ///< longer than the limit of its phase (1 MiB before OK)
    bad_sequence_id,           ///< the packet's sequence id is not the expected one (ERR 1156)
    unsupported_protocol,      ///< protocol version other than 10, or a client without PROTOCOL_41
    not_a_greeting,            ///< the aggregator's first packet is neither a greeting nor ERR
    ssl_request_incomplete,    ///< CLIENT_SSL without being 32 bytes long, in plaintext
    ssl_request_without_flag,  ///< 32 bytes without CLIENT_SSL
    second_ssl_request,        ///< SSLRequest inside TLS
    unexpected_ssl_request,    ///< SSLRequest to a listener that offers no TLS
    compression_not_offered,   ///< the client set a flag that changes the framing and was not offered
    no_plugin_auth,            ///< the client cannot be switched (ERR 1251)
    unexpected_message,        ///< a message that has no place in this phase
    second_auth_switch,        ///< AuthSwitchRequest to a client that was switched already
    local_infile_in_login,     ///< 0xFB during authentication
    bad_compression,           ///< a compressed frame that is damaged or claims another size than it has
};

[[nodiscard]] const boost::system::error_category& category() noexcept;
[[nodiscard]] inline boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

using boost::system::error_code;
template <class T>
using result = boost::system::result<T>;

}  // namespace portcullis::protocol

template <>
struct boost::system::is_error_code_enum<portcullis::protocol::errc> : std::true_type {};
