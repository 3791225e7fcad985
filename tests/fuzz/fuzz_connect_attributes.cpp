// Blocks of connect attributes: what was read, written, reads the same, and no block of a client's keeps a name of the
// gate's or grows beyond what a server takes.
#include "protocol/connect_attributes.hpp"
#include "require.hpp"

#include <array>

using namespace portcullis::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view block(data, size);
    const auto read = parse_connect_attributes(block);
    const auto written = serialize_connect_attributes(read.entries);
    const auto again = parse_connect_attributes(written);
    require(again.whole && again.entries.size() == read.entries.size());
    for (std::size_t i = 0; i < read.entries.size(); ++i)
        require(again.entries[i].name == read.entries[i].name && again.entries[i].value == read.entries[i].value);

    constexpr std::array<std::string_view, 1> reserved{"_client_ip"};
    constexpr std::array<connect_attribute, 1> ours{{{"_client_ip", "192.0.2.7"}}};
    const auto sent = with_own_attributes(block, ours, reserved);
    require(sent.size() <= max_connect_attributes);
    const auto arrived = parse_connect_attributes(sent);
    require(arrived.whole && !arrived.entries.empty() && arrived.entries[0].value == ours[0].value);
    for (std::size_t i = 1; i < arrived.entries.size(); ++i) require(arrived.entries[i].name != reserved[0]);
    require(find_connect_attribute(sent, reserved[0]) == ours[0].value);
    return 0;
}
