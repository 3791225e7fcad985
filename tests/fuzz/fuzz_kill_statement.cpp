// A command that may be a KILL, whole and at every cut; a KILL that was found says the same with another id in it.
#include "protocol/kill_statement.hpp"
#include "require.hpp"

using namespace portcullis::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > max_kill_payload) return 0;
    const capability_flags negotiated = data[0] & 1 ? client_query_attributes : 0;
    const bytes_view payload(data + 1, size - 1);
    const auto kill = parse_kill(payload, negotiated);
    for (std::size_t cut = 0; cut <= payload.size(); ++cut) {
        const bytes beginning(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(cut));
        const auto early = parse_kill(beginning, negotiated, payload_part::beginning);
        require(!early && (!kill || (may_be_kill(beginning, negotiated) && early.error() == errc::truncated)));
    }
    if (!kill) return 0;
    require(kill->id_size > 0 && kill->id_offset + kill->id_size <= payload.size());
    const bytes other = with_id(payload, *kill, 1082130433);
    const auto again = parse_kill(other, negotiated);
    require(again && again->id == 1082130433 && again->id_offset == kill->id_offset);
    require(again->query == kill->query && again->soft == kill->soft && again->binary == kill->binary);
    const auto own = parse_kill(as_bytes('\x03' + kill_text(*kill, 7)), 0);
    require(own && own->id == 7 && own->query == kill->query && own->soft == kill->soft);
    return 0;
}
