// Where a load goes, as arguments that are named as the mysql client's.
// Opens nothing.
#pragma once

#include "bench/gate/endpoint.hpp"

#include <CLI/CLI.hpp>

#include <atomic>

namespace portcullis::bench {

struct endpoint_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 3306;
    std::string socket;
    std::string user = "root";
    std::string ssl_mode = "PREFERRED";
    bool tls_first = false;
    bool no_resumption = false;
    certs::client_settings tls;
    std::string tls_version = "TLSv1.2,TLSv1.3";
};

void add_endpoint_options(CLI::App& command, endpoint_options& o);

/// False: it cannot be, and stderr says why.
[[nodiscard]] bool make_endpoint(endpoint_options& o, endpoint& out);

/// Of a number; CLI::Range lets through what is none (nan).
[[nodiscard]] CLI::Validator between(double least, double most);

/// Becomes true at SIGINT and SIGTERM, which no longer end the process; nor does a peer that is gone (SIGPIPE).
[[nodiscard]] const std::atomic<bool>& until_interrupted();

}  // namespace portcullis::bench
