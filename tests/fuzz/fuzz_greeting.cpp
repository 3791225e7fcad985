// Greetings of whatever answers at an aggregator's address: what was read, written again, reads the same.
#include "protocol/greeting.hpp"
#include "require.hpp"

using namespace portcullis::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto message = parse_greeting({data, size});
    if (!message) return 0;
    require(message->scramble.size() == (message->capabilities & client_secure_connection ? 20 : 8));
    const auto again = parse_greeting(serialize_greeting(*message));
    require(again && *again == *message);
    return 0;
}
