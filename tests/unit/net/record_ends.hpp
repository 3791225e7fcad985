// A connection of TLS 1.3 in memory: OpenSSL at one end; at the other, once hands are shaken, tls_records. Keys of the
// peer's direction seal whatever a test wants it to have said.
#pragma once

#include "certs/record_keys.hpp"
#include "proxy/net/record_handover.hpp"
#include "proxy/net/tls_records.hpp"
#include "tests/unit/net/tls_peers.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace portcullis::net::test {

struct record_ends {
    certs::ssl_ptr peer;
    std::optional<tls_records> ours;
    bytes received;  ///< that the peer sent behind its handshake, and nobody has opened yet
    send_buffer to_send;
    certs::suite suite{};
    certs::traffic_secret peers_secret;
    certs::traffic_secret our_secret;
    std::uint64_t sent_before = 0;
    std::uint64_t peers_before = 0;  ///< records of the peer that lie in `received`: a server's tickets
    int peer_says = SSL_ERROR_NONE;  ///< SSL_get_error(3) of its last read

    record_ends(const std::string& suite_name, bool we_serve) {
        const auto our_context = make_context(we_serve, suite_name, certs::provider_properties({}));
        const auto peers_context = make_context(!we_serve, suite_name, "provider=default");
        const certs::ssl_ptr shaking = end(our_context.get(), we_serve);
        peer = end(peers_context.get(), !we_serve);
        record_handover handover(!we_serve);
        for (int round = 0; round < 10 && !ours; ++round) {
            handover.handshake_goes_on();
            int done = 0;
            const auto waiting = BIO_pending(SSL_get_rbio(shaking.get()));
            {
                const certs::secrets_noted noted(handover.secrets);
                done = SSL_do_handshake(shaking.get());
            }
            const auto left = BIO_pending(SSL_get_rbio(shaking.get()));
            handover.received.saw(std::span(received).first(static_cast<std::size_t>(waiting - left)));
            received.erase(received.begin(), received.begin() + (waiting - left));
            const auto sent = drain(shaking.get());
            handover.sent.saw(sent);
            if (done == 1) handover.handshake_is_over();
            tell_peer(sent);
            SSL_do_handshake(peer.get());
            if (done == 1) {
                EXPECT_EQ(handover.look(shaking.get()), record_handover::outcome::ready);
                ours = handover.take(shaking.get());
            }
            const auto more = drain(peer.get());
            BIO_write(SSL_get_rbio(shaking.get()), more.data(), static_cast<int>(more.size()));
            received.insert(received.end(), more.begin(), more.end());
        }
        EXPECT_EQ(SSL_is_init_finished(peer.get()), 1);
        suite = *certs::suite_of(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(peer.get())));
        peers_secret = we_serve ? handover.secrets.client : handover.secrets.server;
        our_secret = we_serve ? handover.secrets.server : handover.secrets.client;
        sent_before = handover.sent.records();
        record_counter waiting;
        waiting.saw(received);
        peers_before = waiting.records();
        SSL_set_shutdown(shaking.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }

    static certs::ssl_ptr end(SSL_CTX* context, bool serves) {
        certs::ssl_ptr made(SSL_new(context));
        SSL_set_bio(made.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        for (auto* const bio : {SSL_get_rbio(made.get()), SSL_get_wbio(made.get())}) BIO_set_mem_eof_return(bio, -1);
        serves ? SSL_set_accept_state(made.get()) : SSL_set_connect_state(made.get());
        return made;
    }
    static bytes drain(SSL* ssl) {
        bytes out(BIO_ctrl_pending(SSL_get_wbio(ssl)));
        if (!out.empty()) BIO_read(SSL_get_wbio(ssl), out.data(), static_cast<int>(out.size()));
        return out;
    }
    void tell_peer(std::span<const std::uint8_t> ciphertext) const {
        BIO_write(SSL_get_rbio(peer.get()), ciphertext.data(), static_cast<int>(ciphertext.size()));
    }

    /// What the peer sends for `text`.
    [[nodiscard]] bytes peer_seals(const bytes& text) const {
        EXPECT_EQ(SSL_write(peer.get(), text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
        return drain(peer.get());
    }
    /// Tells the peer all that is to be sent, and what it reads of that until it wants more or something ends it.
    bytes peer_reads() {
        tell_peer(to_send.bytes());
        to_send.clear();
        ERR_clear_error();
        bytes out;
        bytes piece(20'000);
        for (;;) {
            const int size = SSL_read(peer.get(), piece.data(), static_cast<int>(piece.size()));
            peer_says = size > 0 ? SSL_ERROR_NONE : SSL_get_error(peer.get(), size);
            if (size <= 0) break;
            out.insert(out.end(), piece.begin(), piece.begin() + size);
        }
        return out;
    }

    /// Hands over what was received and `more`, in pieces of at most `at_once`; what came out.
    bytes we_open(const bytes& more = {}, std::size_t at_once = 200'000) {
        bytes text;
        for (std::size_t at = 0; at < more.size() || at == 0; at += at_once) {
            const auto count = std::min(at_once, more.size() - at);
            received.insert(received.end(), more.begin() + static_cast<long>(at),
                            more.begin() + static_cast<long>(at + count));
            bytes out(received.size());  // not a byte more: the sanitizer watches
            const auto opened = ours->open(received, out, to_send);
            text.insert(text.end(), out.begin(), out.begin() + static_cast<long>(opened.text));
            received.erase(received.begin(), received.begin() + static_cast<long>(opened.taken));
        }
        return text;
    }
    bool we_seal(const bytes& text) { return ours->seal(text, to_send); }

    /// Keys as the peer has them, for its next record. Precondition: it has sealed none itself behind its handshake.
    [[nodiscard]] certs::record_keys peers_keys() const {
        return std::move(*certs::record_keys::make(suite, certs::direction::seal, peers_secret, peers_before));
    }
    /// Back to where the handshake ended, whatever has happened to our end since.
    void begin_again(bool is_client) {
        ours.emplace(std::move(*certs::record_keys::make(suite, certs::direction::open, peers_secret, peers_before)),
                     std::move(*certs::record_keys::make(suite, certs::direction::seal, our_secret, sent_before)),
                     is_client);
        received.clear();
        to_send.clear();
    }
};

/// A record as its sender would write it: `text` has any padding behind the type, which is then the last zero's.
inline bytes sealed_record(certs::record_keys& with, std::uint8_t type, bytes text, std::size_t padding = 0) {
    if (padding > 0) {
        text.push_back(type);
        text.resize(text.size() + padding - 1);
        type = 0;
    }
    const auto size = text.size() + 1 + 16;
    bytes out{23, 3, 3, static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)};
    out.resize(5 + size);
    EXPECT_TRUE(with.seal(std::span(out).first(5), text, type, out.data() + 5));
    return out;
}

}  // namespace portcullis::net::test
