// A client of a session with LOCAL_FILES against a server that keeps count: whatever the client sends and whatever the
// server answers, no packet reaches the server out of order, and no COM_CHANGE_USER but through the gate. Where the
// watch stops at a COM_QUIT, the server is one that could serve another session.
#include "protocol/command_watch.hpp"
#include "protocol/infile_watch.hpp"
#include "require.hpp"
#include "tests/unit/protocol/model_server.hpp"

#include <algorithm>
#include <array>

using namespace portcullis::protocol;
using action = watch_verdict::action;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    bytes_view input(data, size);
    const auto next = [&] {
        const std::uint8_t byte = input.empty() ? std::uint8_t{0} : input.front();
        input = input.subspan(input.empty() ? 0 : 1);
        return byte;
    };
    const std::uint8_t kind = next();
    const capability_flags negotiated = kind & 1 ? client_deprecate_eof : 0;
    relay_with_files relay(negotiated, kind & 2);
    relay.watch.stop_at_quit(kind & 4);
    model_server server(negotiated, next);
    const auto over = [&] {
        return relay.what == action::refuse || relay.what == action::change_user || relay.what == action::quit;
    };
    while (!input.empty() && !over()) {
        const std::uint8_t turn = next();
        if (turn & 0x80) {
            const auto heard = std::min<std::size_t>(turn == 0xff ? server.out.size() : turn & 0x7f, server.out.size());
            relay.aggregator(bytes_view(server.out).first(heard));
            server.out.erase(server.out.begin(), server.out.begin() + static_cast<std::ptrdiff_t>(heard));
        } else {
            const auto said = std::min<std::size_t>(turn, input.size());
            const bytes chunk(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(said));
            input = input.subspan(said);
            relay.client(chunk);
        }
        server.receive(relay.relayed);
        relay.relayed.clear();
        require(!server.confused && !server.changed_user);
        require(server.dumped || !relay.replies.lost());
    }
    if (relay.what == action::quit) {
        constexpr std::array<std::uint8_t, 5> whole{1, 0, 0, 0, 1};
        require(kind & 4 && server.is_idle() && server.out.empty() && relay.waiting.size() >= whole.size());
        require(std::equal(whole.begin(), whole.end(), relay.waiting.begin()));
    }
    return 0;
}
