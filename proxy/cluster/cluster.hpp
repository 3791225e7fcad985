// A cluster as the sessions see it: its members, its TLS context, what all usable members offer.
// Chooses; net and cluster/dial connect.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "proxy/cluster/aggregator.hpp"
#include "proxy/config/config.hpp"

#include <optional>
#include <span>

namespace portcullis::cluster {

/// What a greeting on behalf of the cluster may say.
struct offer {
    std::string server_version;
    protocol::capability_flags capabilities = 0;  ///< offered by every usable member
    std::string auth_plugin;
    std::uint8_t character_set = 0;
};

class cluster {
public:
    /// `context` is null for ssl_mode DISABLED. `server_version`: gate.server_version, empty to learn it. `before`: the
    /// cluster whose place this one takes; what is known of members that stay is shared with it.
    cluster(config::cluster settings, certs::ssl_ctx_ptr context, std::string server_version,
            const cluster* before = nullptr);

    [[nodiscard]] const config::cluster& settings() const { return settings_; }
    [[nodiscard]] SSL_CTX* context() const { return context_.get(); }
    [[nodiscard]] std::span<const std::shared_ptr<aggregator>> members() const { return members_; }

    /// Takes a member that is neither among `tried` nor drained; nothing if there is none.
    [[nodiscard]] std::optional<lease> take(std::span<const aggregator* const> tried);

    /// Of the usable members; of all that were ever reached if none is usable; a minimum if none ever was.
    [[nodiscard]] offer current_offer() const;
    [[nodiscard]] bool has_usable_member() const;

    /// Closes the kept connections of all members and keeps none from now on.
    void stop_keeping();

private:
    const config::cluster settings_;
    const certs::ssl_ctx_ptr context_;
    const std::string server_version_;
    std::vector<std::shared_ptr<aggregator>> members_;
    std::atomic<std::uint64_t> turn_{0};
};

}  // namespace portcullis::cluster
