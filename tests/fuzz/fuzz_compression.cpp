// Compressed frames of a peer: whatever they claim, no more comes out than their headers say.
#include "proxy/net/compression.hpp"
#include "require.hpp"

#include <algorithm>

using namespace portcullis;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto algorithm = data[0] % 2 == 0 ? net::compression::zlib : net::compression::zstd;
    const std::size_t split = 1UL + data[1];
    net::compressed_frames frames(algorithm, 0);
    std::span<const std::uint8_t> rest(data + 2, size - 2);
    std::size_t out = 0;
    while (!rest.empty()) {
        const auto part = rest.first(std::min(split, rest.size()));
        rest = rest.subspan(part.size());
        frames.feed(part);
        for (;;) {
            const auto piece = frames.next();
            if (!piece) return 0;
            if (piece->empty()) break;
            out += piece->size();
        }
    }
    require(out <= (size / 7 + 1) << 24U);
    return 0;
}
