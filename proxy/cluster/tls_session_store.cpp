#include "proxy/cluster/tls_session_store.hpp"

namespace portcullis::cluster {
namespace {

int store_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

}  // namespace

void tls_session_store::install(SSL_CTX* context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &tls_session_store::keep);
}

net::tls_stream::tickets tls_session_store::attach(SSL* ssl) {
    SSL_set_ex_data(ssl, store_index(), this);
    certs::ssl_session_ptr copy;
    auto wanted = net::tls_stream::tickets::wanted;
    {
        const std::lock_guard lock(mutex_);
        // A copy each: OpenSSL marks a session unusable when its connection ends badly, which is not the others'
        // affair.
        if (last_) copy.reset(SSL_SESSION_dup(last_.get()));
        if (last_ && std::chrono::steady_clock::now() - kept_at_ < fresh) wanted = net::tls_stream::tickets::ignored;
    }
    if (copy) SSL_set_session(ssl, copy.get());
    return wanted;
}

int tls_session_store::keep(SSL* ssl, SSL_SESSION* session) {
    auto* store = static_cast<tls_session_store*>(SSL_get_ex_data(ssl, store_index()));
    if (store == nullptr) return 0;
    certs::ssl_session_ptr copy{SSL_SESSION_dup(session)};
    const std::lock_guard lock(store->mutex_);
    store->last_ = std::move(copy);
    store->kept_at_ = std::chrono::steady_clock::now();
    return 0;  // we keep the copy, not the reference
}

}  // namespace portcullis::cluster
