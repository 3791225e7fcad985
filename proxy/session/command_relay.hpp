// After OK: bytes both ways. Client to aggregator is watched at packet starts; of aggregator to client only the
// packets' ends are known, but for sessions that may use LOAD DATA LOCAL or leave their connection to others. Returns
// when the session ends or when a COM_CHANGE_USER must go through the gate's decision.
#pragma once

#include "protocol/command_watch.hpp"
#include "protocol/infile_watch.hpp"
#include "protocol/packet_boundary.hpp"
#include "protocol/statement_watch.hpp"
#include "proxy/session/state.hpp"

namespace portcullis::session {

struct relay_outcome {
    step end;                   ///< nothing: a COM_CHANGE_USER is next to be read from s.client
    bool out_of_order = false;  ///< the client is to read ERR 1156
    bool quit = false;          ///< the client quit in good order, and the aggregator was not told: see reuse
};

class command_relay {
public:
    explicit command_relay(state& s);

    /// Relays until one side ends, fails or wants to change the user. May be called again after a change of user.
    [[nodiscard]] net::awaitable<relay_outcome> run();

private:
    net::awaitable<void> client_to_aggregator();
    net::awaitable<void> aggregator_to_client();
    [[nodiscard]] protocol::watch_verdict examine(std::span<std::uint8_t> chunk);
    /// Passes on what may pass, `verdict` being that of the whole chunk; true if the direction goes on.
    net::awaitable<bool> relay_from_client(std::span<std::uint8_t> chunk, protocol::watch_verdict verdict);
    /// would_block: the stream must be flushed.
    [[nodiscard]] net::error_code begin_write(std::span<const std::uint8_t> bytes);
    /// Whether the direction goes on after a write that ended so.
    bool written(const net::error_code& error);
    net::awaitable<bool> write_to_aggregator(std::span<const std::uint8_t> bytes);
    /// Of the KILL that held_ begins with.
    net::awaitable<bool> relay_kill(const protocol::watch_verdict& verdict);
    /// Until the aggregator's reply to the last command is over, or it asks for a file.
    net::awaitable<void> await_reply();
    [[nodiscard]] bool reply_under_way() const {
        return !(replies_.replied() || replies_.requested() || replies_.lost());
    }
    net::awaitable<void> client_ended(net::error_code error);
    net::awaitable<void> aggregator_ended(net::error_code error);
    /// Both directions end; `end` is why, unless something was first.
    void finish(ending end);
    void take_over(protocol::watch_verdict::action what);
    /// A COM_QUIT is next, in `rest`. True: the session goes on, as more is behind it.
    [[nodiscard]] bool take_quit(std::span<const std::uint8_t> rest);
    void follow_replies(std::span<const std::uint8_t> chunk);
    void hand_over();
    /// Of what goes to the aggregator, for the audit log.
    void audit_statements(std::span<const std::uint8_t> bytes);

    state& s_;
    const bool local_files_;  ///< LOCAL_FILES was negotiated
    bool followed_;           ///< replies are: of sessions with LOCAL_FILES, and where the connection may be kept
    protocol::infile_watch replies_;
    protocol::command_watch watch_;
    protocol::packet_boundary replies_end_;
    net::asio::steady_timer reply_news_;  ///< never expires; cancelled when replies_ has news
    protocol::bytes kept_;  ///< to be examined again with what comes next: an incomplete packet start or KILL
    protocol::bytes held_;  ///< a KILL, or commands that wait for the reply to an earlier one
    std::optional<protocol::statement_watch> statements_;  ///< where the audit log wants them of this user
    bool file_data_ = false;                               ///< what was examined is a file's; kept for statements_
    bool quit_ = false;
    bool stopping_ = false;
    step client_end_;  ///< the client ended its direction; the aggregator may still speak
    relay_outcome outcome_;
};

}  // namespace portcullis::session
