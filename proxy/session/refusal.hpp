// What a client reads when it is refused: the one table of errors the gate writes itself.
// Nothing here names an aggregator, a path or an OpenSSL error: security rule 11.
#pragma once

#include "protocol/bytes.hpp"

#include <string>
#include <string_view>

namespace portcullis::session {

enum class refusal {
    too_many_connections,       ///< 1040
    bad_handshake,              ///< 1043
    access_denied,              ///< 1045: unknown user, wrong password, TLS policy: one text for all
    host_is_blocked,            ///< 1129
    host_not_allowed,           ///< 1130
    packets_out_of_order,       ///< 1156
    too_many_user_connections,  ///< 1203
    no_plugin_auth,             ///< 1251
    client_needs_tls,           ///< 1251: the account's plugin may show a password, and the client's leg is plaintext
    aggregator_needs_tls,       ///< 1251: ... and the aggregator's leg is
    logins_suspended,           ///< 1105: the audit log cannot be written
    no_aggregator,              ///< 2003, or 1105 for libmariadb
    aggregator_lost,            ///< 1152
    secure_transport_required,  ///< 3159
};

/// Who is refused, for the texts that say so.
struct refused_client {
    std::string_view user;
    std::string_view host;
    std::string_view plugin;
    bool used_password = false;
    /// libmariadb takes an ERR whose code is of the client's own range (2000 to 2999) for a malformed packet.
    bool is_libmariadb = false;
};

/// The ERR packet's payload. `greeted`: the client knows our capabilities and expects an SQLSTATE.
[[nodiscard]] protocol::bytes refusal_payload(refusal why, const refused_client& who, bool greeted);

/// Of such a payload.
[[nodiscard]] std::uint16_t code_of(protocol::bytes_view payload);

}  // namespace portcullis::session
