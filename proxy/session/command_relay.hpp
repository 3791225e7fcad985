// After OK: bytes both ways. Aggregator to client is not parsed; client to aggregator is watched at packet starts.
// Returns when the session ends or when a COM_CHANGE_USER must go through the gate's decision.
#pragma once

#include "protocol/command_watch.hpp"
#include "protocol/infile_watch.hpp"
#include "proxy/session/state.hpp"

namespace portcullis::session {

struct relay_outcome {
    step end;                   ///< nothing: a COM_CHANGE_USER is next to be read from s.client
    bool out_of_order = false;  ///< the client is to read ERR 1156
};

class command_relay {
public:
    explicit command_relay(state& s);

    /// Relays until one side ends, fails or wants to change the user. May be called again after a change of user.
    [[nodiscard]] net::awaitable<relay_outcome> run();

private:
    net::awaitable<void> client_to_aggregator();
    net::awaitable<void> aggregator_to_client();
    /// Takes the chunk's own part; true if the direction goes on.
    net::awaitable<bool> relay_from_client(std::span<const std::uint8_t> chunk);
    net::awaitable<void> client_ended(net::error_code error);
    net::awaitable<void> aggregator_ended(net::error_code error);
    /// Both directions end; `end` is why, unless something was first.
    void finish(ending end);
    void hand_over();

    state& s_;
    bool local_files_;
    protocol::infile_watch infile_;
    protocol::command_watch watch_;
    protocol::bytes kept_;  ///< an incomplete packet start, to be examined again
    bool quit_ = false;
    bool stopping_ = false;
    step client_end_;  ///< the client ended its direction; the aggregator may still speak
    relay_outcome outcome_;
};

}  // namespace portcullis::session
