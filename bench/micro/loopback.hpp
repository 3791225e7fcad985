// TCP over loopback for benchmarks of one thread: connected pairs, and peers in threads of their own whose work is not
// measured. Measures nothing itself.
#pragma once

#include <cstdint>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace portcullis::bench {

/// A socket, closed with its owner.
class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor();

    [[nodiscard]] int number() const { return number_; }
    /// Gives the socket to another owner.
    [[nodiscard]] int release() { return std::exchange(number_, -1); }

private:
    int number_;
};

struct tcp_pair {
    descriptor near;  ///< the measured end
    descriptor far;   ///< its peer's
};

/// A connection within this host, TCP_NODELAY on both ends, blocking. Throws std::system_error.
[[nodiscard]] tcp_pair connect_over_loopback();

/// A thread that works on a socket until the socket ends, which it does with this object.
class peer {
public:
    peer(descriptor socket, const std::function<void(int)>& work);
    ~peer();
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

private:
    descriptor socket_;
    std::thread thread_;
};

/// Work for a peer: sends `bytes` over and over.
[[nodiscard]] std::function<void(int)> feed(std::vector<std::uint8_t> bytes);
/// Work for a peer: receives, and looks at nothing.
void drain(int socket);

/// CPU seconds that the calling thread has used, in user and kernel.
[[nodiscard]] double thread_cpu_seconds();

}  // namespace portcullis::bench
