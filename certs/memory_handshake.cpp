#include "certs/memory_handshake.hpp"

namespace portcullis::certs {
namespace {

enum class step { finished, waits, failed };

step advance(SSL* ssl) {
    const int result = SSL_do_handshake(ssl);
    if (result == 1) return step::finished;
    const int error = SSL_get_error(ssl, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? step::waits : step::failed;
}

}  // namespace

bool shake_hands(SSL* client, SSL* server) {
    BIO* client_end = nullptr;
    BIO* server_end = nullptr;
    if (BIO_new_bio_pair(&client_end, 0, &server_end, 0) != 1) return false;
    SSL_set_bio(client, client_end, client_end);
    SSL_set_bio(server, server_end, server_end);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);

    // A full handshake takes a handful of turns, a long certificate chain some more.
    constexpr int most_turns = 1000;
    for (int turn = 0; turn < most_turns; ++turn) {
        const auto of_client = advance(client);
        if (of_client == step::failed) {
            static_cast<void>(advance(server));  // it hears the alert and knows why
            return false;
        }
        const auto of_server = advance(server);
        if (of_server == step::failed) {
            static_cast<void>(advance(client));
            return false;
        }
        if (of_client == step::finished && of_server == step::finished) return true;
    }
    return false;
}

}  // namespace portcullis::certs
