// The other end of a tls_stream under test: OpenSSL on a blocking socket in a thread of its own, with every byte that
// it sends in the test's hands.
#pragma once

#include "certs/record_keys.hpp"
#include "certs/traffic_secrets.hpp"
#include "tests/unit/net/tls_peers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <functional>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace portcullis::net::test {

/// Two connected sockets of this host's.
inline std::pair<int, int> connect_over_loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int near = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listener, generic, size) + ::listen(listener, 1) + ::getsockname(listener, generic, &size), 0);
    EXPECT_EQ(::connect(near, generic, size), 0);
    const int far = ::accept(listener, nullptr, nullptr);
    ::close(listener);
    const int on = 1;
    for (const int each : {near, far}) ::setsockopt(each, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return {near, far};
}

class stream_peer {
public:
    stream_peer(SSL_CTX* context, int socket, bool serves) : ssl_(SSL_new(context)), socket_(socket) {
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        for (auto* const bio : {SSL_get_rbio(ssl_.get()), SSL_get_wbio(ssl_.get())}) BIO_set_mem_eof_return(bio, -1);
        serves ? SSL_set_accept_state(ssl_.get()) : SSL_set_connect_state(ssl_.get());
    }
    stream_peer(const stream_peer&) = delete;
    stream_peer& operator=(const stream_peer&) = delete;
    ~stream_peer() {
        SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        ::close(socket_);
    }

    [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

    /// All but the last flight is sent: that is left for send() to send with what comes behind it.
    bool shake() {
        for (;;) {
            int done = 0;
            {
                const certs::secrets_noted noted(secrets_);
                done = SSL_do_handshake(ssl_.get());
            }
            if (done == 1) return true;
            if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ || !send() || !receive()) return false;
        }
    }
    /// What OpenSSL has made and nobody has taken yet.
    bytes take() {
        bytes out(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())));
        if (!out.empty()) BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
        return out;
    }
    bool send() { return send_bytes(take()); }
    bool send_bytes(std::span<const std::uint8_t> all) const {
        while (!all.empty()) {
            const auto size = ::send(socket_, all.data(), all.size(), MSG_NOSIGNAL);
            if (size <= 0) return false;
            all = all.subspan(static_cast<std::size_t>(size));
        }
        return true;
    }
    /// Into OpenSSL's hands, not yet sent.
    void say(const bytes& text) { EXPECT_GT(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())), 0); }
    void say_key_update(int request) { EXPECT_EQ(SSL_key_update(ssl_.get(), request), 1); }
    void say_end() { SSL_shutdown(ssl_.get()); }
    void fin() const { ::shutdown(socket_, SHUT_WR); }

    /// Up to `size` bytes; fewer: the connection ended, see `says`.
    bytes hear(std::size_t size) {
        bytes out;
        bytes piece(20'000);
        while (out.size() < size) {
            const auto room = static_cast<int>(std::min(piece.size(), size - out.size()));
            ERR_clear_error();
            const int got = SSL_read(ssl_.get(), piece.data(), room);
            says = got > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), got);
            if (got > 0) out.insert(out.end(), piece.begin(), piece.begin() + got);
            if (got <= 0 && (says != SSL_ERROR_WANT_READ || !receive())) break;
        }
        return out;
    }
    /// Bytes of the socket as they are. False: it has come to its end.
    [[nodiscard]] bool raw(std::span<std::uint8_t> into) const {
        return ::recv(socket_, into.data(), into.size(), 0) > 0;
    }
    /// To the end, whichever.
    bytes hear_all() { return hear(SIZE_MAX); }
    int says = SSL_ERROR_NONE;

    /// Bytes that came with what was heard and have not been heard themselves.
    [[nodiscard]] std::size_t received_ahead() const { return BIO_ctrl_pending(SSL_get_rbio(ssl_.get())); }
    /// Nothing has come that was not received.
    [[nodiscard]] bool is_quiet() const {
        std::uint8_t byte = 0;
        return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
    }

    /// Keys as this end has them for its first record behind the handshake, if OpenSSL has made none.
    [[nodiscard]] certs::record_keys keys(bool serves) const {
        const auto suite = *certs::suite_of(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl_.get())));
        return std::move(
            *certs::record_keys::make(suite, certs::direction::seal, serves ? secrets_.server : secrets_.client, 0));
    }

private:
    bool receive() {
        std::array<std::uint8_t, 20'000> some;
        const auto size = ::recv(socket_, some.data(), some.size(), 0);
        return size > 0 && BIO_write(SSL_get_rbio(ssl_.get()), some.data(), static_cast<int>(size)) == size;
    }

    certs::ssl_ptr ssl_;
    certs::traffic_secrets secrets_;
    int socket_;
};

}  // namespace portcullis::net::test
