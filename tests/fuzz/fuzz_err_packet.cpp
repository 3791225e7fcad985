// ERR packets of an aggregator, with and without SQLSTATE.
#include "protocol/err_packet.hpp"
#include "require.hpp"

using namespace portcullis::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto message = parse_err_packet({data, size});
    if (!message) return 0;
    const bytes wire = serialize_err_packet(*message);
    require(wire.size() <= 1 + 2 + 6 + 512);
    const auto again = parse_err_packet(wire);
    require(again && again->code == message->code && again->sql_state == message->sql_state);
    require(message->message.starts_with(again->message));
    require(message->message.size() > 512 || again->message == message->message);
    return 0;
}
