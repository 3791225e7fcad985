// What OpenSSL noted in this thread's queue of errors. It must be empty before each call that SSL_get_error(3) is asked
// about.
#pragma once

#include <string>

namespace portcullis::net {

/// Empties the queue, at next to no cost if it is empty already.
void clear_openssl_errors();

/// Empties the queue and returns all of it as one line.
[[nodiscard]] std::string take_openssl_errors();

}  // namespace portcullis::net
