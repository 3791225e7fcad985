#include "proxy/net/record_handover.hpp"

#include "certs/own_algorithms.hpp"

#include <openssl/ssl.h>

#include <algorithm>

namespace portcullis::net {
namespace {

using certs::direction;

std::optional<certs::suite> suite_in_use(const SSL* ssl) {
    const auto* const cipher = SSL_get_current_cipher(ssl);
    if (cipher == nullptr || SSL_version(ssl) != TLS1_3_VERSION) return std::nullopt;
    const auto own = certs::own_algorithms_of(SSL_get_SSL_CTX(ssl));
    if (!own.tls13) return std::nullopt;
    auto found = certs::suite_of(SSL_CIPHER_get_protocol_id(cipher));
    if (found) found->by_intel = own.aes_gcm;
    return found;
}

/// What a handshake agreed on that our records do not keep to: short ones for a peer of little memory (RFC 6066, 4).
/// Or the connection's end has begun.
bool is_openssls(const SSL* ssl) {
    const auto* const session = SSL_get_session(ssl);
    const auto agreed = session != nullptr ? SSL_SESSION_get_max_fragment_length(session) : 0;
    const bool short_records = agreed >= TLSEXT_max_fragment_length_512 && agreed <= TLSEXT_max_fragment_length_4096;
    return short_records || SSL_get_shutdown(ssl) != 0;
}

}  // namespace

void record_counter::saw(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        if (left_ > 0) {
            const auto passed = std::min(left_, bytes.size());
            left_ -= passed;
            bytes = bytes.subspan(passed);
        } else {
            header_[header_bytes_++] = bytes.front();
            bytes = bytes.subspan(1);
            if (header_bytes_ < header_.size()) continue;
            left_ = std::size_t{header_[3]} << 8U | header_[4];
        }
        if (left_ > 0) continue;
        header_bytes_ = 0;
        ++records_;
    }
}

void record_handover::handshake_goes_on() {
    if (!is_client_) sent.begin_anew();
}

void record_handover::handshake_is_over() {
    if (is_client_) sent.begin_anew();
    received.begin_anew();
}

record_handover::outcome record_handover::look(SSL* ssl) const {
    if (secrets.client.empty() || secrets.server.empty() || !suite_in_use(ssl) || is_openssls(ssl))
        return outcome::never;
    const bool whole = received.at_boundary() && sent.at_boundary() && SSL_has_pending(ssl) == 0;
    return whole ? outcome::ready : outcome::not_yet;
}

std::optional<tls_records> record_handover::take(SSL* ssl) const {
    const auto suite = suite_in_use(ssl);
    if (!suite) return std::nullopt;
    const auto& theirs = is_client_ ? secrets.server : secrets.client;
    const auto& ours = is_client_ ? secrets.client : secrets.server;
    auto reading = certs::record_keys::make(*suite, direction::open, theirs, received.records());
    auto writing = certs::record_keys::make(*suite, direction::seal, ours, sent.records());
    if (!reading || !writing) return std::nullopt;
    return tls_records(std::move(*reading), std::move(*writing), is_client_);
}

}  // namespace portcullis::net
