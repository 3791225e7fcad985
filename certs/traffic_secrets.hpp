// The two secrets that a connection's records are sealed with once a handshake of TLS 1.3 is over. OpenSSL tells them
// by its key log alone, as text that takes it longer to print than to derive; they are taken where tls13_kdf derives
// them.
#pragma once

#include "certs/hkdf.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace portcullis::certs {

/// One of them (RFC 8446, 7.1); empty: not known. Cleansed when it ends.
class traffic_secret {
public:
    traffic_secret() = default;
    traffic_secret(const traffic_secret&) = default;
    traffic_secret& operator=(const traffic_secret&) = default;
    ~traffic_secret();

    /// Precondition: `secret` is no longer than a hash.
    void set(std::span<const std::uint8_t> secret);
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::span<const std::uint8_t> bytes() const { return std::span(bytes_).first(size_); }

private:
    std::array<std::uint8_t, longest_hash> bytes_{};
    std::size_t size_ = 0;
};

struct traffic_secrets {
    traffic_secret client;  ///< of what the client sends: CLIENT_TRAFFIC_SECRET_0
    traffic_secret server;
};

/// While it lives, the secrets that this thread derives are written down in `out`: around one call into OpenSSL, which
/// is one connection's.
class secrets_noted {
public:
    explicit secrets_noted(traffic_secrets& out);
    ~secrets_noted();
    secrets_noted(const secrets_noted&) = delete;
    secrets_noted& operator=(const secrets_noted&) = delete;
};

/// By tls13_kdf, of everything that it derives; `label` without its prefix.
void note_secret(std::string_view label, std::span<const std::uint8_t> secret);

}  // namespace portcullis::certs
