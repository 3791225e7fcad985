// What all sessions share: an immutable snapshot of the configuration and what was built from it, and the counters.
// A session keeps the snapshot it began with.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/password_key.hpp"
#include "proxy/cluster/cluster.hpp"
#include "proxy/config/config.hpp"
#include "proxy/gate/accounts.hpp"
#include "proxy/gate/bans.hpp"
#include "proxy/gate/limits.hpp"
#include "proxy/observe/close_reason.hpp"
#include "proxy/observe/metrics.hpp"
#include "proxy/session/registry.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace portcullis::session {

/// One listener as its sessions see it.
struct entrance {
    config::listener settings;
    certs::ssl_ctx_ptr context;  ///< null: plaintext only
    std::shared_ptr<cluster::cluster> target;
};

struct environment {
    config::gate gate;
    config::timeouts timeouts;
    portcullis::gate::account_table accounts;
    std::shared_ptr<portcullis::gate::limits> limits;
    std::shared_ptr<portcullis::gate::bans> bans;
    std::vector<std::shared_ptr<const entrance>> entrances;
    std::shared_ptr<std::atomic<std::uint32_t>> connection_counter;
    std::shared_ptr<observe::close_counters> counters;
    std::shared_ptr<const certs::password_key> password_key;  ///< null where every client is secure
    std::shared_ptr<registry> sessions = std::make_shared<registry>();
    std::shared_ptr<observe::metrics> metrics = std::make_shared<observe::metrics>();
};

}  // namespace portcullis::session
