#include "protocol/error.hpp"

#include <string>

namespace portcullis::protocol {
namespace {

const char* text_of(errc code) {
    switch (code) {
        case errc::truncated:
            return "the payload ends inside a field";
        case errc::trailing_bytes:
            return "bytes behind the last field";
        case errc::bad_length:
            return "a length exceeds the payload";
        case errc::missing_terminator:
            return "a string has no terminating NUL";
        case errc::payload_too_large:
            return "the payload is too large for this phase";
        case errc::bad_sequence_id:
            return "packets out of order";
        case errc::unsupported_protocol:
            return "the peer does not speak protocol 4.1";
        case errc::not_a_greeting:
            return "the first packet is no greeting";
        case errc::ssl_request_incomplete:
            return "CLIENT_SSL in a plaintext packet that is no SSLRequest";
        case errc::ssl_request_without_flag:
            return "an SSLRequest without CLIENT_SSL";
        case errc::second_ssl_request:
            return "a second SSLRequest";
        case errc::unexpected_ssl_request:
            return "an SSLRequest where no TLS is offered";
        case errc::compression_not_offered:
            return "compression was not offered";
        case errc::no_plugin_auth:
            return "the client does not support CLIENT_PLUGIN_AUTH";
        case errc::unexpected_message:
            return "a message that has no place in this phase";
        case errc::second_auth_switch:
            return "a second AuthSwitchRequest";
        case errc::local_infile_in_login:
            return "LOCAL INFILE during authentication";
        case errc::bad_compression:
            return "a damaged compressed frame";
    }
    return "unknown protocol error";
}

class protocol_category final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "portcullis.protocol"; }
    [[nodiscard]] std::string message(int value) const override { return text_of(static_cast<errc>(value)); }
};

}  // namespace

const boost::system::error_category& category() noexcept {
    static const protocol_category instance;
    return instance;
}

}  // namespace portcullis::protocol
