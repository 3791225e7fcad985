// Two ends in memory, past their handshake or not, as a test asks for it.
#pragma once

#include "certs/memory_handshake.hpp"
#include "certs/openssl_ptr.hpp"

#include <openssl/err.h>

#include <string>

namespace portcullis::certs::test {

struct connection {
    ssl_ptr client;
    ssl_ptr server;
    bool agreed = false;

    connection(SSL_CTX* client_context, SSL_CTX* server_context, SSL_SESSION* resumed = nullptr)
        : client(SSL_new(client_context)), server(SSL_new(server_context)) {
        if (resumed != nullptr) SSL_set_session(client.get(), resumed);
    }

    /// Ends as after close_notify: OpenSSL makes the session of a connection that was cut short unfit for resumption.
    ~connection() {
        SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_set_shutdown(server.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// False too if only the client believes in the handshake: with TLS 1.3 it finishes first and hears of the server's
    /// refusal when it reads.
    bool shake() {
        ERR_clear_error();
        agreed = shake_hands(client.get(), server.get());
        if (agreed) agreed = says("ping", client.get(), server.get()) && says("pong", server.get(), client.get());
        ERR_clear_error();
        return agreed;
    }
    /// What the client keeps for the next time; the tickets have arrived with the server's first words.
    [[nodiscard]] ssl_session_ptr session() const { return ssl_session_ptr(SSL_get1_session(client.get())); }

private:
    static bool says(const std::string& words, SSL* from, SSL* to) {
        std::string heard(words.size(), '\0');
        return SSL_write(from, words.data(), static_cast<int>(words.size())) > 0 &&
               SSL_read(to, heard.data(), static_cast<int>(heard.size())) > 0 && heard == words;
    }
};

}  // namespace portcullis::certs::test
