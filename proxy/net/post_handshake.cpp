#include "proxy/net/post_handshake.hpp"

#include <openssl/ssl.h>

namespace portcullis::net {
namespace {

void report(int sent, int /*version*/, int content_type, const void* data, std::size_t size, SSL* /*ssl*/,
            void* owner) {
    static_cast<post_handshake*>(owner)->saw(sent != 0, content_type, {static_cast<const std::uint8_t*>(data), size});
}

}  // namespace

void post_handshake::watch(SSL* ssl) {
    SSL_set_msg_callback(ssl, report);
    SSL_set_msg_callback_arg(ssl, this);
}

void post_handshake::saw(bool sent, int content_type, std::span<const std::uint8_t> message) {
    if (!sent && content_type == SSL3_RT_INNER_CONTENT_TYPE && !message.empty())
        data_was_last_ = message[0] == SSL3_RT_APPLICATION_DATA;
    const bool key_update =
        !sent && content_type == SSL3_RT_HANDSHAKE && !message.empty() && message[0] == SSL3_MT_KEY_UPDATE;
    // A ClientHello that would renegotiate is answered inside OpenSSL; its answer is all we see of it.
    const bool renegotiation_refused =
        sent && content_type == SSL3_RT_ALERT && message.size() == 2 && message[1] == SSL_AD_NO_RENEGOTIATION;
    if (!key_update && !renegotiation_refused) return;
    ++messages_;
    seen_ = true;
}

}  // namespace portcullis::net
