// Lines from whoever is at the takeover socket: what is taken for a message is written as it was read.
#include "proxy/net/takeover_message.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace net = portcullis::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    const auto message = net::parse_takeover_message(line);
    if (message && net::to_line(*message) != std::string(line) + '\n') std::abort();
    return 0;
}
