// Counts what a peer may send at will once its TLS handshake is over, each of it work for us and none of it data:
// KeyUpdates (TLS 1.3) and attempts to renegotiate (TLS 1.2, refused; CVE-2011-1473). Security rule 17.
// Ends nothing itself: tls_stream asks.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace portcullis::net {

class post_handshake {
public:
    /// So many messages may come in a row; drivers send one in millions of records.
    static constexpr unsigned most = 32;

    /// Counts the messages of `ssl` from now on. *this must outlive its last use.
    void watch(SSL* ssl);
    /// Data came, which forgives one message: whoever works may renew keys as long as it lives.
    void data_arrived() {
        if (messages_ > 0) --messages_;
    }
    [[nodiscard]] bool excessive() const { return messages_ > most; }
    /// There was one: keys may be others than the handshake's.
    [[nodiscard]] bool seen() const { return seen_; }
    /// The last record of TLS 1.3 that came was one of data, which no part of a message may precede.
    [[nodiscard]] bool data_was_last() const { return data_was_last_; }

    /// One message or alert, as OpenSSL reports it (SSL_CTX_set_msg_callback(3)).
    void saw(bool sent, int content_type, std::span<const std::uint8_t> message);

private:
    unsigned messages_ = 0;
    bool seen_ = false;
    bool data_was_last_ = false;
};

}  // namespace portcullis::net
