// A plaintext client's first packet: an SSLRequest or a HandshakeResponse, never both.
#include "protocol/handshake_response.hpp"
#include "require.hpp"

using namespace portcullis::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view payload(data, size);
    const auto kind = classify_first_packet(payload);
    const auto request = parse_ssl_request(payload);
    const bool is_request = kind && *kind == first_packet::ssl_request;
    require(request.has_value() == is_request);
    if (is_request) {
        require(size == ssl_request_size && (request->capabilities & client_ssl));
        const auto again = parse_ssl_request(serialize_ssl_request(*request));
        require(again && again->capabilities == request->capabilities);
        require(again->max_packet_size == request->max_packet_size && again->character_set == request->character_set);
    }
    if (!kind || is_request) require(!parse_handshake_response(payload, false));
    return 0;
}
