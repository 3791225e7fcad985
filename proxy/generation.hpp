// What one reading of the configuration led to: the clusters, what sessions share, who looks after the aggregators.
// A reload makes the next one; sessions keep the one they began with.
#pragma once

#include "proxy/blueprint.hpp"
#include "proxy/cluster/health_monitor.hpp"
#include "proxy/net/takeover_message.hpp"
#include "proxy/session/environment.hpp"

#include <memory>
#include <vector>

namespace portcullis::proxy {

struct generation {
    config::configuration settings;
    std::vector<std::shared_ptr<cluster::cluster>> clusters;
    std::shared_ptr<const session::environment> env;
    std::unique_ptr<cluster::health_monitor> health;  ///< not started
    certs::ssl_ctx_ptr admin;                         ///< of the administration interface; null: none, or it was taken
    std::shared_ptr<certs::ticket_keys> ticket_keys;  ///< as long as the gate
    std::vector<certs::ticket_key> loaded_keys;       ///< that ticket_keys adopts when this is in force
    std::vector<net::watched_file> files;             ///< what its certificates were read from

    /// The way in through a listener of `settings`.
    [[nodiscard]] std::shared_ptr<const session::entrance> entrance_of(const config::listener& listener) const;
    [[nodiscard]] std::vector<net::drained_aggregator> drained() const;
    /// Those of `named` that are members here get no new sessions.
    void drain(const std::vector<net::drained_aggregator>& named) const;
};

/// What must not start anew with a reload is shared with `before`: limits, bans, counters, the live sessions, what is
/// known of aggregators. Changes nothing of it: see take_place. Precondition: `plan` is usable.
[[nodiscard]] std::shared_ptr<generation> make_generation(blueprint plan, const generation* before = nullptr);

/// `next` is in force from now on: the limits and ticket keys are its own. On the control thread.
void take_place(generation& next);

}  // namespace portcullis::proxy
