// An aggregator's packets during authentication.
#include "protocol/auth_messages.hpp"
#include "protocol/auth_plugin.hpp"
#include "require.hpp"

using namespace portcullis::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view payload(data, size);
    const auto kind = classify_auth_packet(payload);
    require(kind.has_value() == (size > 0));
    for (const auto plugin : {mysql_native_password, caching_sha2_password, std::string_view("dialog")}) {
        const bool answers = client_answers(plugin, data, size);
        require(!answers || (kind && *kind != auth_packet::ok && *kind != auth_packet::err));
    }
    const auto message = parse_auth_switch_request(payload);
    if (!message) return 0;
    require(*kind == auth_packet::auth_switch_request);
    const bytes wire = serialize_auth_switch_request(*message);
    require(as_text(wire) == as_text(payload));
    return 0;
}
