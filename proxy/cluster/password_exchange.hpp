// caching_sha2_password and sha256_password over legs of which one is not secure: hides with RSA what a secure client
// sends readable, and the opposite.
// No I/O: auth_relay carries what this says. Source: MySQL Internals, "Caching SHA-2 pluggable authentication",
// "sha256_password information"; architecture.md's four combinations:
//
//   client      aggregator  the password
//   secure      secure      passes readable, inside TLS
//   not secure  secure      hidden with the gate's key, passed on readable inside TLS
//   secure      not secure  readable inside TLS, hidden with the aggregator's key, which the gate asks for
//   not secure  not secure  hidden by the client with the aggregator's key, passed on as it is
#pragma once

#include "certs/password_key.hpp"
#include "protocol/auth_plugin.hpp"
#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

#include <memory>
#include <string>

namespace portcullis::cluster {

class password_exchange {
public:
    /// `switch_data`: the scramble as the AuthSwitchRequest carried it. `key` may be null where no client is insecure.
    password_exchange(std::string_view plugin, protocol::bytes_view switch_data, protocol::legs between,
                      std::shared_ptr<const certs::password_key> key);
    ~password_exchange();
    password_exchange(const password_exchange&) = delete;
    password_exchange& operator=(const password_exchange&) = delete;

    enum class to { client, aggregator };
    struct message {
        to receiver = to::aggregator;
        protocol::bytes payload;  ///< secret
    };

    /// What the client's answer becomes. Behind a message to the client, the client speaks next.
    [[nodiscard]] message client_said(protocol::bytes answer);

    /// An AuthMoreData of the aggregator: nothing if it is the client's; the gate's answer to it if it was the key the
    /// gate asked for. Errors: unexpected_message, if that key is none.
    [[nodiscard]] protocol::result<std::optional<protocol::bytes>> aggregator_said(protocol::bytes_view payload);

private:
    [[nodiscard]] bool asks_for_key(const protocol::bytes& answer) const;
    [[nodiscard]] protocol::bytes reveal(const protocol::bytes& hidden) const;
    void mask(protocol::bytes& password) const;

    const bool caching_;  ///< caching_sha2_password, not sha256_password
    const protocol::legs between_;
    const std::shared_ptr<const certs::password_key> key_;
    protocol::bytes scramble_;
    bool due_;                 ///< the client's next answer is, or begins, the password itself
    bool key_given_ = false;   ///< the client was sent the gate's key
    protocol::bytes waiting_;  ///< a password that waits for the aggregator's key
};

}  // namespace portcullis::cluster
