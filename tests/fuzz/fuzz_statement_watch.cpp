// What goes to the aggregator, in two splits: the same statements, none longer than asked for; and any text, masked.
#include "protocol/statement_mask.hpp"
#include "protocol/statement_watch.hpp"
#include "require.hpp"

#include <algorithm>

using namespace portcullis::protocol;

namespace {

constexpr std::size_t size_wanted = 16;

/// Ends no chunk inside a packet start, as the relay does not.
std::vector<statement> found_in(bytes_view stream, std::size_t piece, capability_flags negotiated) {
    statement_watch watch(size_wanted, negotiated);
    packet_walker walker;
    std::vector<statement> found;
    bytes waiting;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        const auto more = stream.subspan(at, std::min(piece, stream.size() - at));
        waiting.insert(waiting.end(), more.begin(), more.end());
        std::size_t ready = 0;
        packet_start packet;
        while (walker.next(waiting, ready, packet) == packet_walker::step::start) continue;
        for (auto& each : watch.feed(bytes_view(waiting).first(ready))) found.push_back(std::move(each));
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(ready));
    }
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const capability_flags negotiated = data[0] & 1 ? client_query_attributes : 0;
    const std::size_t piece = data[1] + 1U;
    const bytes_view stream(data + 2, size - 2);
    const auto whole = found_in(stream, size, negotiated);
    const auto pieces = found_in(stream, piece, negotiated);
    require(whole.size() == pieces.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
        require(whole[i].text == pieces[i].text && whole[i].cut == pieces[i].cut);
        require(whole[i].text.size() <= size_wanted);
        static_cast<void>(without_secrets(whole[i].text, whole[i].cut));
    }
    const auto masked = without_secrets(as_text(stream), false);
    require(masked.size() <= stream.size() + 3);
    require(without_secrets(as_text(stream), true).size() <= stream.size() + 3);
    return 0;
}
