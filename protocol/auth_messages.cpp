#include "protocol/auth_messages.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

namespace portcullis::protocol {
namespace {

constexpr std::uint8_t auth_switch_byte = 0xfe;

}  // namespace

result<auth_packet> classify_auth_packet(bytes_view payload) {
    if (payload.empty()) return errc::truncated;
    switch (payload.front()) {
        case 0x00:
            return auth_packet::ok;
        case 0x01:
            return auth_packet::auth_more_data;
        case 0xfb:
            return auth_packet::local_infile;
        case auth_switch_byte:
            return auth_packet::auth_switch_request;
        case 0xff:
            return auth_packet::err;
        default:
            return auth_packet::plugin_data;
    }
}

result<auth_switch_request> parse_auth_switch_request(bytes_view payload) {
    if (payload.empty()) return errc::truncated;
    if (payload.front() != auth_switch_byte || payload.size() == 1) return errc::unexpected_message;
    reader in(payload.subspan(1));
    auth_switch_request message;
    message.plugin = as_text(in.nul_string());
    message.data = in.rest();
    if (in.error()) return in.error();
    return message;
}

bytes serialize_auth_switch_request(const auth_switch_request& message) {
    writer out;
    out.int1(auth_switch_byte);
    out.nul_string(as_bytes(message.plugin));
    out.raw(message.data);
    return out.take();
}

}  // namespace portcullis::protocol
