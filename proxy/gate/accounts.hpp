// Who may pass: user@host rules with MySQL's REQUIRE clause, patterns and precedence.
// A pure decision over values: no socket, no clock, no log. Security rules 6 to 9.
#pragma once

#include "certs/peer_identity.hpp"
#include "proxy/config/config.hpp"
#include "proxy/gate/host_pattern.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::gate {

/// Where a client is: an IP address, or a unix socket (MySQL's 'localhost').
struct client_origin {
    std::optional<config::ip_address> address;  ///< none: unix socket

    [[nodiscard]] std::string host() const;  ///< what MySQL prints as user@HOST: the address, or "localhost"
    [[nodiscard]] bool is_local() const { return !address || address->is_loopback(); }
};

/// Why a client may not pass. Becomes the error the client reads in proxy/session/refusal and the cause in the log.
enum class denial {
    tls_required,          ///< REQUIRE SSL, plaintext client
    certificate_required,  ///< REQUIRE X509, none shown or not verified
    issuer_mismatch,
    subject_mismatch,
    cipher_mismatch,
    address_not_allowed,  ///< the account's allow_from; a unix socket is in no network
    secure_transport,     ///< the listener's require_secure_transport (ERR 3159)
};

struct decision {
    std::optional<denial> denied;
    std::string account;  ///< the rule that decided, "'app'@'10.%'", or "default_require"
    unsigned max_user_connections = 0;

    [[nodiscard]] bool allowed() const { return !denied; }
};

/// An immutable, sorted snapshot of [accounts]; shared by all workers.
class account_table {
public:
    /// Precondition: the configuration was validated; throws std::invalid_argument for a host that is no pattern.
    explicit account_table(const config::accounts& settings);

    /// Decides for the exact bytes `user`. `tls` is null for a plaintext client. The first rule in MySQL's order whose
    /// host and user match decides, even where a later one would let the client in; no rule: default_require.
    /// `require_secure_transport` is the listener's and comes first, as in MySQL; a unix socket counts as secure for
    /// it, but does not satisfy REQUIRE SSL.
    [[nodiscard]] decision decide(std::string_view user, const client_origin& from, const certs::tls_facts* tls,
                                  bool require_secure_transport) const;

private:
    struct rule {
        config::account settings;
        host_pattern host;
    };
    [[nodiscard]] const rule* find(std::string_view user, const client_origin& from) const;

    std::vector<rule> rules_;  ///< most specific first
    config::requirement default_require_;
};

}  // namespace portcullis::gate
