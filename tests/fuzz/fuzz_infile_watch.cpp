// An aggregator's replies, split as the input says: known as far as unsplit. The first byte is the command.
#include "protocol/infile_watch.hpp"
#include "require.hpp"

#include <algorithm>

using namespace portcullis::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const capability_flags negotiated = data[1] & 1 ? client_deprecate_eof : 0;
    infile_watch whole(negotiated), split(negotiated);
    for (infile_watch* watch : {&whole, &split}) {
        watch->expect_reply_to(data[0]);
        watch->client_packet(0);
    }
    bytes_view stream(data + 2, size - 2);
    whole.feed(stream);
    for (std::uint32_t seed = data[1]; !stream.empty();) {
        seed = seed * 1664525 + 1013904223;
        const auto step = std::min<std::size_t>(stream.size(), 1 + (seed >> 24) % 11);
        const bytes chunk(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(step));
        split.feed(chunk);
        stream = stream.subspan(step);
    }
    require(whole.replied() == split.replied() && whole.requested() == split.requested());
    require(whole.lost() == split.lost());
    require(whole.lost() || whole.next_sequence_id() == split.next_sequence_id());
    require(whole.replied() + whole.requested() + whole.lost() <= 1);
    return 0;
}
