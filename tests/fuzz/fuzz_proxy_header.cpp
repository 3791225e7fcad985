// PROXY headers from anybody: read step by step as the gate does, and whole.
#include "proxy/net/proxy_header.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

namespace net = portcullis::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span input(data, size);
    if (const auto parsed = net::parse_proxy_header(input); parsed && !parsed->local) {
        const auto again = net::parse_proxy_header(net::make_proxy_header(*parsed, std::nullopt));
        if (!again || again->source != parsed->source || again->destination_port != parsed->destination_port)
            std::abort();
    }
    std::size_t taken = 0;
    for (;;) {
        const auto wanted = net::proxy_bytes_wanted(input.first(taken));
        if (!wanted) return 0;
        if (*wanted == 0) break;
        if (*wanted > size - taken) return 0;
        taken += *wanted;
        if (taken > net::proxy_v2_max_size) std::abort();
    }
    // What is whole by proxy_bytes_wanted has no byte too many: taking one more must be refused.
    if (taken < size && net::proxy_bytes_wanted(input.first(taken + 1))) std::abort();
    (void)net::parse_proxy_header(input.first(taken));
    return 0;
}
