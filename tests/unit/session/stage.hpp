// A session between two scripted peers over real sockets: the test plays client and aggregator, packet by packet.
// Both legs are in plaintext; TLS is tested end to end.
#pragma once

#include "protocol/bytes.hpp"
#include "proxy/cluster/cluster.hpp"
#include "proxy/net/worker.hpp"
#include "proxy/session/session.hpp"

#include <memory>
#include <optional>

namespace portcullis::testing {

/// A blocking socket of a scripted peer; every read ends after five seconds at the latest.
class peer {
public:
    peer() = default;
    explicit peer(int descriptor);
    peer(peer&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    peer& operator=(peer&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~peer() { close(); }

    /// `drip`: a byte a segment.
    void send(std::uint8_t sequence_id, protocol::bytes_view payload, bool drip = false) const;
    void send_raw(protocol::bytes_view wire, bool drip = false) const;

    struct packet {
        std::uint8_t sequence_id;
        protocol::bytes payload;
    };
    /// Nothing: the other side closed, or stays silent.
    [[nodiscard]] std::optional<packet> read();
    /// Reads whatever comes until the end of the stream; false if it does not come.
    [[nodiscard]] bool read_to_end() const;
    void close();
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

private:
    [[nodiscard]] bool fill(std::span<std::uint8_t> out) const;
    int descriptor_ = -1;
};

/// The gate around one session: one worker, one cluster with one aggregator that the test plays.
class stage {
public:
    explicit stage(bool local_infile = false);
    ~stage();

    /// A new client; its session begins.
    [[nodiscard]] peer connect();
    /// The session's connection to the aggregator.
    [[nodiscard]] peer accept() const;
    /// False if a session is still there after five seconds.
    [[nodiscard]] bool ended();

    /// The counter of the next connection id.
    [[nodiscard]] std::atomic<std::uint32_t>& connection_counter() const { return *env_->connection_counter; }
    [[nodiscard]] const observe::close_counters& counters() const { return *env_->counters; }
    [[nodiscard]] cluster::aggregator& member() const { return *cluster_->members().front(); }

private:
    int listening_ = -1;
    std::shared_ptr<cluster::cluster> cluster_;
    std::shared_ptr<session::environment> env_;
    net::worker worker_;
};

/// Descriptors this process has open.
[[nodiscard]] std::size_t open_descriptors();

}  // namespace portcullis::testing
