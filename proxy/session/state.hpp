// The facts of one session, handed from phase to phase, and how a phase ends.
// No behaviour: the phases are client_login, backend_login, auth_relay, command_relay, change_user.
#pragma once

#include "certs/peer_identity.hpp"
#include "protocol/capabilities.hpp"
#include "proxy/net/deadline.hpp"
#include "proxy/net/packet_channel.hpp"
#include "proxy/net/proxy_header.hpp"
#include "proxy/session/environment.hpp"
#include "proxy/session/refusal.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace portcullis::session {

/// Why a session ends. `detail` is for the log alone.
struct ending {
    observe::close_reason why;
    std::string detail;
};

/// What a phase gives back: nothing means the session goes on.
using step = std::optional<ending>;

/// Who the client says it is: the HandshakeResponse that decides (inside TLS, where there is TLS), or a
/// COM_CHANGE_USER.
struct client_identity {
    protocol::capability_flags capabilities = 0;  ///< what client and gate agreed on
    std::uint32_t max_packet_size = 0;
    std::uint16_t character_set = 0;
    std::uint8_t zstd_level = 0;
    std::string user;  ///< what aggregators look up, byte by byte: see protocol/user_name
    std::string database;
    protocol::bytes connect_attributes;
    bool used_password = false;  ///< the client sent some proof of a password
};

/// The aggregator's leg. Destroyed in reverse: the connection before the member it keeps TLS sessions for.
struct backend {
    cluster::lease member;
    std::unique_ptr<net::packet_channel> channel;  ///< null once it is kept for another session
    protocol::greeting greeting;
    std::optional<certs::tls_facts> tls;
    bool reused = false;  ///< an earlier session of the same user left it
};

struct state {
    state(std::shared_ptr<const environment> shared, std::shared_ptr<const entrance> through, net::stream_socket socket)
        : env(std::move(shared)), door(std::move(through)), client(std::move(socket)) {}

    std::shared_ptr<const environment> env;
    std::shared_ptr<const entrance> door;
    std::uint32_t id = 0;  ///< the connection id given out; 0 before the greeting
    net::clock::time_point began = net::clock::now();
    net::clock::time_point login_until;

    net::packet_channel client;
    gate::client_origin from;  ///< behind a PROXY header: the address it names
    std::uint16_t port = 0;
    std::optional<net::proxy_header> proxied;  ///< the addresses a PROXY header named
    std::optional<certs::tls_facts> client_tls;
    protocol::bytes scramble;
    protocol::capability_flags offered = 0;
    bool greeted = false;

    client_identity who;
    portcullis::gate::decision decision;
    std::optional<backend> server;
    std::uint16_t error_code = 0;  ///< of the last ERR the client was told before its OK
    bool logged_in = false;        ///< the client had its OK, and the audit log knows
    std::string user_before;       ///< whom a COM_CHANGE_USER replaces
    bool user_changed = false;     ///< by COM_CHANGE_USER, or the client tried to

    portcullis::gate::permit connection_permit;
    portcullis::gate::permit unauthenticated_permit;
    portcullis::gate::permit user_permit;
    registry::entry listed;  ///< while the client is logged in as who.user

    net::clock::time_point last_activity = began;
    std::chrono::milliseconds quiet_limit{0};  ///< 0: not looked at (the login has a deadline of its own)
    std::uint64_t from_client = 0;             ///< bytes relayed after OK
    std::uint64_t to_client = 0;
    std::function<void(observe::cause)>
        abort;  ///< ends the session from outside its coroutine, for a cause of the gate

    [[nodiscard]] bool has_aggregator() const { return server && server->channel; }
    [[nodiscard]] net::packet_channel& aggregator() { return *server->channel; }
};

}  // namespace portcullis::session
