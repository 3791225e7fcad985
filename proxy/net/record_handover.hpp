// From OpenSSL's handshake to our own record layer: notes the secrets and counts the records of a connection of TLS 1.3
// until its keys can be taken over at a record's end. Reads no text.
#pragma once

#include "certs/traffic_secrets.hpp"
#include "proxy/net/tls_records.hpp"

#include <openssl/types.h>

#include <optional>

namespace portcullis::net {

/// Counts the records of one direction as they pass.
class record_counter {
public:
    void saw(std::span<const std::uint8_t> bytes);
    void begin_anew() { records_ = 0; }
    /// Of those that passed whole.
    [[nodiscard]] std::uint64_t records() const { return records_; }
    [[nodiscard]] bool at_boundary() const { return header_bytes_ == 0 && left_ == 0; }

private:
    std::uint64_t records_ = 0;
    std::size_t left_ = 0;  ///< of the record whose header has passed
    std::array<std::uint8_t, tls_records::header_size> header_{};
    std::size_t header_bytes_ = 0;
};

class record_handover {
public:
    explicit record_handover(bool is_client) : is_client_(is_client) {}

    record_counter received;
    record_counter sent;
    certs::traffic_secrets secrets;

    /// Around each call of SSL_do_handshake(), so that what is counted behind the last one is sealed with the keys that
    /// stay: a client's last flight is not, a server's tickets are.
    void handshake_goes_on();
    void handshake_is_over();

    enum class outcome {
        ready,    ///< take() will do
        not_yet,  ///< in the middle of a record
        never     ///< OpenSSL keeps this one: not TLS 1.3, a suite of its own, secrets that nobody noted, short records
    };
    [[nodiscard]] outcome look(SSL* ssl) const;

    /// The connection's records from here on. Nothing: OpenSSL failed. Precondition: it was ready, and no keys were
    /// renewed since the handshake.
    [[nodiscard]] std::optional<tls_records> take(SSL* ssl) const;

private:
    bool is_client_;
};

}  // namespace portcullis::net
