// Connect attributes that tell the aggregator who is behind the gate: _client_ip, _client_port, _client_ssl_version,
// _client_ssl_cipher, seen there in performance_schema.session_connect_attrs.
// How a block of attributes is put together is protocol/connect_attributes.
#pragma once

#include "proxy/session/state.hpp"

namespace portcullis::session {

/// The attributes for s.server: the client's, and before them the gate's where the cluster's connect_attributes is on.
/// A client can have none of the gate's names.
[[nodiscard]] protocol::bytes attributes_for_aggregator(const state& s);

/// CLIENT_CONNECT_ATTRS where the gate has attributes to tell, whether or not the client has; only to be said to an
/// aggregator that offers it.
[[nodiscard]] protocol::capability_flags attributes_flag(const state& s);

}  // namespace portcullis::session
