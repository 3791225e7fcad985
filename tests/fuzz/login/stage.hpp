// The gate around one session, run by the fuzzer's own thread: a worker that is polled, two members that the script
// plays, and everything that must be given back when the session is over.
// Both legs are in plaintext; passwords may be read on those that the gate takes for unix sockets.
#pragma once

#include "protocol/connection_id.hpp"
#include "proxy/cluster/cluster.hpp"
#include "proxy/gate/accounts.hpp"
#include "proxy/net/worker.hpp"
#include "proxy/session/session.hpp"

#include <memory>
#include <vector>

namespace portcullis::fuzzing {

struct stage_options {
    bool local_infile = false;
    bool secure_client = false;
    bool secure_aggregators = false;
    bool health_account = false;
    bool proxy_header = false;  ///< the client is a listed network's
    cluster::auth_switch switching = cluster::auth_switch::supported;
};

/// Users that must use TLS or show a certificate, which no client here does.
inline constexpr std::string_view ssl_user = "secret";
inline constexpr std::string_view x509_user = "certified";
inline constexpr std::string_view health_user = "health";

/// The id that the gate's greeting gives the client, and others that are logged in on the second member.
inline constexpr std::uint32_t client_id = protocol::make_connection_id(1, 1);
inline constexpr std::uint32_t apps_other_id = protocol::make_connection_id(1, 100);
inline constexpr std::uint32_t strangers_id = protocol::make_connection_id(1, 101);

class stage {
public:
    explicit stage(const stage_options& options);

    /// The client's end of a session that begins.
    [[nodiscard]] int connect();
    /// The members' ends of connections that the gate made since the last call.
    [[nodiscard]] static std::vector<int> accept();

    /// Runs what is ready to run; true if there was anything.
    static bool run();
    /// The gate ends: every session is told.
    static void stop();
    /// Precondition: the client is gone. Turns away every connection until the session has ended, then looks whether it
    /// left anything behind.
    void require_end();

    /// "BEGIN PUBLIC KEY" of the gate; the members use it, too.
    [[nodiscard]] static const std::string& public_key();

private:
    std::shared_ptr<cluster::cluster> cluster_;
    std::shared_ptr<session::environment> env_;
    std::vector<session::registry::entry> others_;
    bool proxy_header_;
    int first_descriptor_ = -1;
};

}  // namespace portcullis::fuzzing
