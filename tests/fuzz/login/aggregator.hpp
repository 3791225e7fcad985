// A member's end of one connection: says what the script tells it to, and looks at every byte the gate sends, with a
// reader of its own that knows nothing of the gate's.
// Demands what no client and no aggregator may make the gate break: rules 5, 7, 8, 14, 22 and 24.
#pragma once

#include "login/peer.hpp"
#include "protocol/capabilities.hpp"

#include <utility>

namespace portcullis::fuzzing {

class client;

class aggregator {
public:
    /// What the gate was told about itself.
    struct rules {
        bool secure_leg = false;
        bool health_account = false;
        bool forced_switch = true;  ///< the member is known to answer with AuthSwitchRequest
        bool proxied = false;       ///< the client's first bytes are no packet
    };
    /// A new connection: security rule 5 speaks of it already.
    aggregator(int descriptor, const rules& known, const client& from);

    /// Takes in what came; true if there was anything.
    bool receive(const client& from);
    /// Everybody has heard everything. `login_over`: the client has its OK.
    void settled(bool login_over);
    /// Whether it said OK behind its greeting.
    [[nodiscard]] bool has_accepted() const { return accepted_; }
    /// Whatever is sent is sent here: it says what may come.
    void send(protocol::bytes_view wire);
    /// The connection is over: nothing may be left of a command.
    void require_nothing_hidden() const;

    /// Whether a COM_CHANGE_USER came since the last call.
    [[nodiscard]] bool take_change() { return std::exchange(changed_, false); }

    peer leg;

private:
    enum class phase { login, authentication, command };

    void require_no_password();
    void take(std::uint8_t sequence_id, protocol::bytes_view payload, const client& from);
    void take_login(std::uint8_t sequence_id, protocol::bytes_view payload, const client& from);
    void take_command(protocol::bytes_view payload);
    void require_own_id_replaced(protocol::bytes_view payload) const;

    const rules known_;
    phase phase_ = phase::login;
    protocol::capability_flags capabilities_ = 0;
    std::uint32_t thread_id_ = 0;
    bool of_login_ = false;  ///< the client had no OK yet when the gate logged in here
    bool relaying_ = false;  ///< nothing but commands and files may come
    bool changing_ = false;  ///< the last command was COM_CHANGE_USER
    bool changed_ = false;
    bool commanded_ = false;  ///< a command came since everybody had heard everything
    bool awaited_ = false;    ///< the last command wants a reply
    bool spoke_ = false;      ///< something was sent that may be that reply
    bool greeted_ = false;
    bool accepted_ = false;  ///< an OK was sent
    bool asked_for_file_ = false;
    unsigned packets_said_ = 0;
    unsigned packets_heard_ = 0;
    protocol::bytes said_;
    protocol::bytes heard_;
    protocol::bytes all_heard_;
};

}  // namespace portcullis::fuzzing
