// Where the load goes and how: address, transport, TLS, account.
// Opens nothing; connection does.
#pragma once

#include "certs/client_context.hpp"
#include "proxy/config/address.hpp"
#include "proxy/net/socket_address.hpp"

#include <memory>
#include <string>

namespace portcullis::bench {

enum class transport {
    plaintext,
    in_band,    ///< MySQL's own: TLS after an SSLRequest
    tls_first,  ///< TLS from the first byte, for proxies that know no MySQL
};

struct endpoint {
    config::endpoint address;
    net::socket_address resolved;
    transport how = transport::plaintext;
    bool tls_if_offered = false;  ///< PREFERRED: in_band falls back to plaintext
    certs::verification verify = certs::verification::none;
    certs::ssl_ctx_ptr context;  ///< of plaintext: null
    std::string user;
    std::string password;
    bool resume = true;  ///< TLS sessions of earlier connections
};

}  // namespace portcullis::bench
