// Whether a system call on a non-blocking socket would have had to wait. EAGAIN and EWOULDBLOCK are the same number on
// Linux, but not so in POSIX.
#pragma once

#include "proxy/net/asio.hpp"

namespace portcullis::net {

[[nodiscard]] inline bool would_block(const error_code& error) {
    return error == boost::system::errc::resource_unavailable_try_again ||
           error == boost::system::errc::operation_would_block;
}

}  // namespace portcullis::net
