// A client's stream after OK, split as the first byte says: the same verdict at the same place as unsplit.
#include "protocol/command_watch.hpp"
#include "require.hpp"

#include <algorithm>

using namespace portcullis::protocol;
using action = watch_verdict::action;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::uint32_t seed = data[0];
    const bytes_view stream(data + 1, size - 1);
    command_watch whole_watch, split_watch;
    const watch_verdict whole = whole_watch.examine(stream);
    require(whole.what != action::hold && whole.relay_size <= stream.size());
    require(whole.what != action::relay || stream.size() - whole.relay_size <= command_watch::max_kept);
    if (whole.what == action::change_user) require(stream[whole.relay_size + packet_header_size] == 0x11);
    if (whole.what == action::kill) require(whole.relay_size + whole.kill_size <= stream.size());

    watch_verdict split;
    std::size_t relayed = 0, received = 0;
    bool quit = false;
    while (received < stream.size() && split.what == action::relay) {
        seed = seed * 1664525 + 1013904223;
        received = std::min<std::size_t>(stream.size(), received + 1 + (seed >> 24) % 11);
        const bytes chunk(stream.begin() + static_cast<std::ptrdiff_t>(relayed),
                          stream.begin() + static_cast<std::ptrdiff_t>(received));
        split = split_watch.examine(chunk);
        relayed += split.relay_size;
        quit = quit || split.quit;
    }
    require(split.what == whole.what && relayed == whole.relay_size && quit == whole.quit);
    return 0;
}
