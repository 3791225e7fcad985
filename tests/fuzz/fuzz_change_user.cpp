// COM_CHANGE_USER payloads, for the capabilities in the first four bytes: what was read, written, reads the same.
#include "protocol/command.hpp"
#include "protocol/reader.hpp"
#include "require.hpp"

using namespace portcullis::protocol;

namespace {

bool same(bytes_view a, bytes_view b) {
    return as_text(a) == as_text(b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    reader in({data, size});
    const capability_flags capabilities = in.int4();
    const auto message = parse_change_user(in.rest(), capabilities);
    if (!message) return 0;
    require(as_text(message->user).find('\0') == std::string_view::npos);
    const bytes wire = serialize_change_user(*message, capabilities);
    const auto again = parse_change_user(wire, capabilities);
    require(again.has_value() && again->character_set == message->character_set);
    require(same(again->user, message->user) && same(again->auth_response, message->auth_response));
    require(same(again->database, message->database) && same(again->auth_plugin, message->auth_plugin));
    require(same(again->connect_attributes, message->connect_attributes));
    return 0;
}
