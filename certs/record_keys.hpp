// One direction of a TLS 1.3 connection behind its handshake: key, IV and sequence number out of a traffic secret
// (RFC 8446, 5.3 and 7.3), one record at a time. What is in the records is proxy/net/tls_records' affair.
#pragma once

#include "certs/record_cipher.hpp"
#include "certs/traffic_secrets.hpp"

#include <optional>

namespace portcullis::certs {

/// What a cipher suite of TLS 1.3 is made of.
struct suite {
    aead cipher;
    suite_hash hash;
    bool by_intel = true;  ///< see record_cipher
};

/// Of a suite's number (SSL_CIPHER_get_protocol_id(3)); nothing: one that the gate leaves to OpenSSL.
[[nodiscard]] std::optional<suite> suite_of(std::uint16_t number);

class record_keys {
public:
    /// The most records of one key that RFC 8446, 5.5 has AES-GCM seal is 2^24.5.
    static constexpr std::uint64_t most_records = std::uint64_t{1} << 23U;

    /// For the record after the `sealed_before`th with `secret`. Nothing: OpenSSL failed.
    [[nodiscard]] static std::optional<record_keys> make(const suite& of, direction does, const traffic_secret& secret,
                                                         std::uint64_t sealed_before);

    /// As record_cipher::seal(), with the next sequence number.
    [[nodiscard]] bool seal(record_cipher::bytes_view header, record_cipher::bytes_view text, std::uint8_t type,
                            std::uint8_t* out);
    /// As record_cipher::open(), likewise.
    [[nodiscard]] bool open(record_cipher::bytes_view header, record_cipher::bytes_view sealed, std::uint8_t* out);

    /// The next generation of keys, as a KeyUpdate announces (RFC 8446, 7.2). False: OpenSSL failed.
    [[nodiscard]] bool renew();
    void prefetch() const {
        if (cipher_) cipher_->prefetch();
    }
    /// It is time for the next generation.
    [[nodiscard]] bool worn() const { return sequence_ >= most_records; }

private:
    record_keys(const suite& of, direction does) : suite_(of), does_(does) {}
    [[nodiscard]] bool use(const traffic_secret& secret);
    [[nodiscard]] record_cipher::nonce next_nonce();

    suite suite_;
    direction does_;
    traffic_secret secret_;
    std::unique_ptr<record_cipher> cipher_;
    record_cipher::nonce iv_{};
    std::uint64_t sequence_ = 0;
};

}  // namespace portcullis::certs
