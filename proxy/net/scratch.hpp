// A worker's shared buffers. Valid between two suspensions of a coroutine only: whoever must wait copies what it needs.
// Because of them an idle connection owns no buffer at all.
#pragma once

#include "proxy/net/send_buffer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace portcullis::net {

struct scratch {
    /// One recv: eight of the longest TLS records. Fewer, and the system calls are felt; more gains nothing.
    static constexpr std::size_t received_size = 136UL * 1024;
    /// Room in front of what tls_stream::read_some returns, for bytes the caller kept back.
    static constexpr std::size_t headroom = 1024;
    /// Plaintext of one recv plus the record that was held in part.
    static constexpr std::size_t plain_size = headroom + received_size + 17UL * 1024;

    std::array<std::uint8_t, received_size> received;
    std::array<std::uint8_t, plain_size> plain;
    send_buffer to_send;  ///< TLS records on their way into one send

    /// The buffers of the calling thread.
    [[nodiscard]] static scratch& of_this_thread();
};

}  // namespace portcullis::net
