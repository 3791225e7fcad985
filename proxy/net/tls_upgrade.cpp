// How a tls_stream becomes TLS: the handshake, and the moment from which on the records are ours. What passes then is
// tls_stream.cpp's.
#include "proxy/net/error.hpp"
#include "proxy/net/openssl_errors.hpp"
#include "proxy/net/scratch.hpp"
#include "proxy/net/scratch_bio.hpp"
#include "proxy/net/tls_stream.hpp"
#include "proxy/net/would_block.hpp"

namespace portcullis::net {

void tls_stream::adopt(certs::ssl_ptr ssl) {
    ssl_ = std::move(ssl);
    BIO* bio = scratch_bio::make(*this);
    SSL_set_bio(ssl_.get(), bio, bio);  // takes the one reference for both directions
    renewals_.watch(ssl_.get());
}

awaitable<error_code> tls_stream::accept_tls(SSL_CTX* context) {
    clear_openssl_errors();
    certs::ssl_ptr ssl{SSL_new(context)};
    if (!ssl) co_return errc::tls_failed;
    SSL_set_accept_state(ssl.get());
    handover_ = std::make_unique<record_handover>(false);
    adopt(std::move(ssl));
    co_return co_await handshake();
}

awaitable<error_code> tls_stream::connect_tls(certs::ssl_ptr prepared, tickets sent) {
    SSL_set_connect_state(prepared.get());
    handover_ = std::make_unique<record_handover>(true);
    adopt(std::move(prepared));
    const auto error = co_await handshake();
    tickets_wanted_ = !error && (sent == tickets::wanted || SSL_session_reused(ssl_.get()) == 0);
    co_return error;
}

tls_stream::tls_step tls_stream::shake_hands() {
    clear_openssl_errors();
    const certs::secrets_noted noted(handover_->secrets);
    handover_->handshake_goes_on();
    const auto step = step_of(SSL_do_handshake(ssl_.get()));
    if (step == tls_step::done) handover_->handshake_is_over();
    return step;
}

awaitable<error_code> tls_stream::handshake() {
    for (;;) {
        const auto step = shake_hands();
        if (step == tls_step::done) hold_last_flight();
        const auto sent = dispatch();  // an alert is worth sending, too
        if (step == tls_step::failed) co_return errc::tls_failed;
        if (step == tls_step::end) co_return errc::end_of_stream;
        if (sent) co_return sent;
        keep_received();
        const auto flushed = co_await flush();
        if (flushed || step == tls_step::done) co_return flushed;
        auto received = receive_more(scratch::of_this_thread().received);
        while (!received && would_block(received.error())) {
            const auto waited = co_await wait(stream_socket::wait_read);
            if (waited) co_return waited;
            received = receive_more(scratch::of_this_thread().received);
        }
        if (!received) co_return received.error();
        received_ = std::span(scratch::of_this_thread().received).first(*received);
    }
}

void tls_stream::hold_last_flight() {
    auto& to_send = scratch::of_this_thread().to_send;
    const auto flight = to_send.bytes();
    held_.assign(flight.begin(), flight.end());
    to_send.clear();
    held_is_spare_ = SSL_is_server(ssl_.get()) == 1 && SSL_version(ssl_.get()) >= TLS1_3_VERSION;
}

awaitable<error_code> tls_stream::finish_handshake() {
    const auto error = send_held();
    if (error) co_return error;
    co_return co_await flush();
}

void tls_stream::take_over() {
    if (tickets_wanted_) return;
    // What OpenSSL found in what it read is lost with it: other keys, the peer's end, and above all a record that was
    // forged, behind which nothing may be read any more.
    const bool too_late = renewals_.seen() || peer_ended_ || broken_;
    const auto outlook = too_late ? record_handover::outcome::never : handover_->look(ssl_.get());
    if (outlook == record_handover::outcome::not_yet) return;
    // Nor may it hold the beginning of a message whose rest is still to come (RFC 8446, 5.1).
    const bool in_message = handover_->received.records() > 0 && !renewals_.data_was_last();
    if (outlook == record_handover::outcome::ready && in_message) return;
    if (outlook == record_handover::outcome::ready) records_ = handover_->take(ssl_.get());
    handover_.reset();
    if (!records_) return;
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // the session did not end badly
    ssl_.reset();
    starved_ = received_.empty();
}

}  // namespace portcullis::net
