// Logged-in TLS connections to one aggregator whose clients quit, kept for the next login of the same user.
// Knows how many and how long. What may be kept, and how a login takes it over, is proxy/session/reuse.
#pragma once

#include "certs/peer_identity.hpp"
#include "protocol/greeting.hpp"
#include "proxy/net/deadline.hpp"
#include "proxy/net/packet_channel.hpp"

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

namespace portcullis::cluster {

/// What COM_CHANGE_USER does not change, and whom a connection may serve: only a login that has the same.
struct kept_key {
    std::string user;                             ///< byte by byte
    protocol::capability_flags capabilities = 0;  ///< as said to the aggregator
    std::uint32_t max_packet_size = 0;

    friend bool operator<(const kept_key& a, const kept_key& b) {
        return std::tie(a.user, a.capabilities, a.max_packet_size) <
               std::tie(b.user, b.capabilities, b.max_packet_size);
    }
};

/// A connection that was sent a COM_RESET_CONNECTION, whose reply nobody has read.
struct kept_connection {
    std::unique_ptr<net::packet_channel> channel;
    protocol::greeting greeting;
    certs::tls_facts tls;
};

/// Ends a connection that waits for a command: COM_QUIT, as far as it can be sent without waiting, so that the
/// aggregator counts no aborted client.
void close_in_order(net::packet_channel& channel);

/// Shared by all workers: kept connections belong to none of them, and go to the one whose login takes them.
class kept_connections {
public:
    /// At most `most` connections (at least 1), each for at most `idle`.
    kept_connections(std::chrono::milliseconds idle, std::size_t most) : idle_(idle), most_(most) {}
    ~kept_connections() { close_all(); }
    kept_connections(const kept_connections&) = delete;
    kept_connections& operator=(const kept_connections&) = delete;

    /// Where there are too many the oldest is closed. Precondition: nobody waits on the connection.
    void keep(kept_key key, kept_connection connection, net::clock::time_point now);

    /// The youngest that has its reply, or the oldest if none has. It may be broken. Whoever takes it must move its
    /// stream to an executor before anything waits on it.
    [[nodiscard]] std::optional<kept_connection> take(const kept_key& key, net::clock::time_point now);

    void close_expired(net::clock::time_point now);
    void close_all();
    /// Closes all and keeps none from now on: the gate ends.
    void stop();

    [[nodiscard]] std::size_t size() const;

private:
    struct entry;
    using place = std::list<entry>::iterator;
    using index = std::map<kept_key, std::deque<place>>;
    struct entry {
        kept_connection connection;
        net::clock::time_point until;
        index::iterator same;  ///< those with the same key
    };

    /// Precondition of these: mutex_ is held.
    kept_connection remove(place where);
    void remove_until(net::clock::time_point now, std::list<kept_connection>& removed);

    const std::chrono::milliseconds idle_;
    const std::size_t most_;
    net::asio::io_context nobodys_{1};  ///< never runs: the executor of streams that nobody waits on
    mutable std::mutex mutex_;          ///< of all below
    std::list<entry> entries_;          ///< oldest first
    index by_key_;                      ///< no empty deque; oldest first
    bool stopped_ = false;
};

}  // namespace portcullis::cluster
