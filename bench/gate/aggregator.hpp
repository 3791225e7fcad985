// The synthetic aggregator: speaks the MySQL protocol, inside TLS from the first byte or after an SSLRequest, believes
// every password, and answers the workloads' statements at once. So it measures what is in front of it.
// No database: what it does not know is answered by OK.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "proxy/config/address.hpp"
#include "proxy/net/worker.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace portcullis::bench {

struct aggregator_settings {
    config::endpoint address;                           ///< offers TLS where `context` is set
    std::optional<config::endpoint> tls_first_address;  ///< TLS from the first byte, for proxies that know no MySQL
    SSL_CTX* context = nullptr;
    unsigned workers = 1;
};

/// Serves until SIGTERM or SIGINT. Returns what went wrong at the start, empty if nothing.
[[nodiscard]] std::string serve_as_aggregator(const aggregator_settings& settings);

}  // namespace portcullis::bench
