// A TLS handshake between two ends in this process, without a socket.
// For finding out what contexts really do; no application data.
#pragma once

#include "certs/openssl_ptr.hpp"

namespace portcullis::certs {

/// Connects the two by a pair of BIOs, which they then own, and runs both until each has finished. False as soon as one
/// fails or neither can go on. Leaves OpenSSL's error queue to the caller.
[[nodiscard]] bool shake_hands(SSL* client, SSL* server);

}  // namespace portcullis::certs
