// One HTTP connection of the administration interface, from accept to its end.
// Security: every request has one deadline for all of it, another for its reply, a size for its head and its body; a
// connection a number of requests.
#pragma once

#include "proxy/admin/answer.hpp"
#include "proxy/net/asio.hpp"

#include <openssl/types.h>

namespace portcullis::admin {

/// What a stranger may use up.
struct http_limits {
    std::chrono::seconds request{10};  ///< from the first wait for it to its last byte, and as long for the reply
    std::uint32_t head = 8192;         ///< bytes
    std::uint64_t body = 16384;
    unsigned requests = 1000;  ///< of one connection
};

/// `context`: null for HTTP without TLS. References are to what outlives the io_context's run.
[[nodiscard]] net::awaitable<void> serve_connection(net::stream_socket socket, SSL_CTX* context, answerer& answers,
                                                    caller from, http_limits limits);

}  // namespace portcullis::admin
