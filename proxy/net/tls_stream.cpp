#include "proxy/net/tls_stream.hpp"

#include "proxy/net/error.hpp"
#include "proxy/net/scratch.hpp"
#include "proxy/net/scratch_bio.hpp"

#include <openssl/err.h>

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace portcullis::net {
namespace {

/// TLS bytes that may pass without a byte of data, once the handshake is over: one record and then some.
constexpr std::size_t barren_limit = 64UL * 1024;

/// What may wait for the socket while the peer goes on sending: a login packet's worth, which is the longest write, and
/// answers to the peer's TLS messages. Who sends those and never reads must not fill the memory.
constexpr std::size_t backlog_limit = 2UL * 1024 * 1024;

error_code system_error(int number) {
    return {number, boost::system::system_category()};
}

bool would_block(const error_code& error) {
    return error == boost::system::errc::resource_unavailable_try_again ||
           error == boost::system::errc::operation_would_block;
}

/// ERR_clear_error() touches every slot of the queue, which is empty but for once in a blue moon.
void clear_errors() {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

/// The whole OpenSSL error queue of this thread as one line.
std::string take_openssl_errors() {
    std::string text;
    while (const unsigned long code = ERR_get_error()) {
        std::array<char, 256> line{};
        ERR_error_string_n(code, line.data(), line.size());
        if (!text.empty()) text += "; ";
        text += line.data();
    }
    return text;
}

}  // namespace

tls_stream::tls_stream(stream_socket socket) : socket_(std::move(socket)) {
    error_code ignored;  // a socket that refuses to be non-blocking fails at its first use
    if (socket_.is_open()) socket_.non_blocking(true, ignored);
}

tls_stream::~tls_stream() {
    close();
}

awaitable<error_code> tls_stream::connect(asio::generic::stream_protocol::endpoint to) {
    if (cancelled_) co_return asio::error::operation_aborted;
    auto [error] = co_await socket_.async_connect(to, yield);
    // Once somebody waited to write, Asio asks the kernel for writability as long as it knows the socket, and every
    // wait for bytes is woken by that first. A socket it knows from now on only is spared this.
    if (!error) error = move_to(socket_.get_executor());
    if (!error) socket_.non_blocking(true, error);
    if (!error) {  // fails on a unix socket, which needs neither
        const int on = 1;
        ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    }
    if (!error && cancelled_) error = asio::error::operation_aborted;
    co_return error;
}

void tls_stream::reopen() {
    error_code ignored;
    socket_.close(ignored);
}

bool tls_stream::has_unread() {
    std::uint8_t byte = 0;
    return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

awaitable<error_code> tls_stream::wait(stream_socket::wait_type what) {
    if (cancelled_ || interrupted_) co_return asio::error::operation_aborted;
    auto [error] = co_await socket_.async_wait(what, yield);
    if (!error && (cancelled_ || interrupted_)) error = asio::error::operation_aborted;
    co_return error;
}

result<std::size_t> tls_stream::receive(std::span<std::uint8_t> into) {
    for (;;) {
        const ssize_t size = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
        if (size > 0) return static_cast<std::size_t>(size);
        if (size == 0) return is_tls() ? errc::truncated : errc::end_of_stream;
        if (errno != EINTR) return system_error(errno);
    }
}

error_code tls_stream::send_now(std::span<const std::uint8_t> data) {
    while (unsent_.empty() && !data.empty()) {
        const ssize_t size = ::send(socket_.native_handle(), data.data(), data.size(), MSG_NOSIGNAL);
        if (size >= 0) {
            data = data.subspan(static_cast<std::size_t>(size));
        } else if (errno != EINTR) {
            const auto error = system_error(errno);
            if (!would_block(error)) return error;
            break;
        }
    }
    unsent_.insert(unsent_.end(), data.begin(), data.end());
    return {};
}

error_code tls_stream::dispatch() {
    auto& to_send = scratch::of_this_thread().to_send;
    const auto error = send_now(to_send);
    to_send.clear();
    return error;
}

awaitable<error_code> tls_stream::flush() {
    while (!unsent_.empty()) {
        const auto waited = co_await wait(stream_socket::wait_write);
        if (waited) co_return waited;
        auto rest = std::move(unsent_);
        unsent_ = {};
        const auto error = send_now(rest);
        if (error) co_return error;
    }
    co_return error_code{};
}

awaitable<error_code> tls_stream::read_exactly(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const auto received = receive(out);
        if (received) {
            out = out.subspan(*received);
            continue;
        }
        if (!would_block(received.error())) co_return received.error();
        const auto waited = co_await wait(stream_socket::wait_read);
        if (waited) co_return waited;
    }
    co_return error_code{};
}

void tls_stream::adopt(certs::ssl_ptr ssl) {
    ssl_ = std::move(ssl);
    BIO* bio = scratch_bio::make(*this);
    SSL_set_bio(ssl_.get(), bio, bio);  // takes the one reference for both directions
    renewals_.watch(ssl_.get());
}

awaitable<error_code> tls_stream::accept_tls(SSL_CTX* context) {
    clear_errors();
    certs::ssl_ptr ssl{SSL_new(context)};
    if (!ssl) co_return errc::tls_failed;
    SSL_set_accept_state(ssl.get());
    adopt(std::move(ssl));
    co_return co_await handshake();
}

awaitable<error_code> tls_stream::connect_tls(certs::ssl_ptr prepared) {
    SSL_set_connect_state(prepared.get());
    adopt(std::move(prepared));
    co_return co_await handshake();
}

tls_stream::tls_step tls_stream::step_of(int returned) {
    if (returned > 0) return tls_step::done;
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            return tls_step::wants_read;
        case SSL_ERROR_ZERO_RETURN:
            return tls_step::end;
        default:
            failure_ = take_openssl_errors();
            broken_ = true;
            return tls_step::failed;
    }
}

awaitable<error_code> tls_stream::handshake() {
    for (;;) {
        clear_errors();
        const auto step = step_of(SSL_do_handshake(ssl_.get()));
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

/// The scratch is other sessions' as soon as we wait: what the peer sent behind its Finished is copied.
void tls_stream::keep_received() {
    if (received_.empty()) return;
    carried_.assign(received_.begin(), received_.end());
    received_ = carried_;
}

result<std::size_t> tls_stream::receive_more(std::span<std::uint8_t> into) {
    if (std::exchange(drained_, false)) return error_code(asio::error::would_block);
    const auto size = receive(into);
    if (size) drained_ = *size < into.size();
    return size;
}

/// Decrypts everything that was received; what is left inside OpenSSL is less than a record.
result<std::size_t> tls_stream::decrypt(std::span<std::uint8_t> out) {
    const std::size_t fed = received_.size();
    std::size_t size = 0;
    starved_ = false;
    while (size < out.size() && !starved_) {
        clear_errors();
        std::size_t more = 0;
        const auto step = step_of(SSL_read_ex(ssl_.get(), out.data() + size, out.size() - size, &more));
        if (step == tls_step::done) {
            size += more;
            starved_ = received_.empty() && SSL_has_pending(ssl_.get()) == 0;
            continue;
        }
        if (step == tls_step::end) peer_ended_ = true;
        starved_ = true;
    }
    received_ = {};  // what is left after an end or a failure is nobody's
    carried_ = {};
    barren_bytes_ = size == 0 ? barren_bytes_ + fed : 0;
    if (size > 0) renewals_.data_arrived();
    return size;
}

result<std::span<std::uint8_t>> tls_stream::try_read() {
    if (stopped()) return error_code(asio::error::operation_aborted);
    auto& shared = scratch::of_this_thread();
    const auto out = std::span(shared.plain).subspan(scratch::headroom);
    if (!is_tls()) {
        const auto size = receive_more(out);
        if (!size) return size.error();
        return out.first(*size);
    }
    for (;;) {
        if (!received_.empty() || (!starved_ && SSL_has_pending(ssl_.get()) == 1)) {
            const auto size = decrypt(out);
            const auto sent = dispatch();
            if (renewals_.excessive() || unsent_.size() > backlog_limit) return error_code(errc::tls_barren);
            if (*size > 0) return out.first(*size);
            if (sent) return sent;
        }
        if (peer_ended_) return error_code(errc::end_of_stream);
        if (broken_) return error_code(errc::tls_failed);
        if (barren_bytes_ > barren_limit) return error_code(errc::tls_barren);
        const auto received = receive_more(shared.received);
        if (!received) return received.error();
        received_ = std::span(shared.received).first(*received);
    }
}

awaitable<result<std::span<std::uint8_t>>> tls_stream::read_some() {
    for (;;) {
        const auto some = try_read();
        if (some || !would_block(some.error())) co_return some;
        const auto waited = co_await wait(stream_socket::wait_read);
        if (waited) co_return waited;
    }
}

error_code tls_stream::encrypt(std::span<const std::uint8_t> data) {
    while (!data.empty()) {
        clear_errors();
        std::size_t taken = 0;
        const auto step = step_of(SSL_write_ex(ssl_.get(), data.data(), data.size(), &taken));
        if (step != tls_step::done) return errc::tls_failed;  // our BIO never blocks: anything else is a failure
        data = data.subspan(taken);
    }
    return {};
}

error_code tls_stream::try_write(std::span<const std::uint8_t> data) {
    if (cancelled_) return asio::error::operation_aborted;
    error_code error;
    if (is_tls()) {
        error = encrypt(data);
        const auto sent = dispatch();
        if (!error) error = sent;
    } else {
        error = send_now(data);
    }
    if (!error && !unsent_.empty()) error = asio::error::would_block;
    return error;
}

awaitable<error_code> tls_stream::write(std::span<const std::uint8_t> data) {
    const auto error = try_write(data);
    if (!would_block(error)) co_return error;
    co_return co_await flush();
}

bool tls_stream::write_now(std::span<const std::uint8_t> data) {
    return !try_write(data);
}

bool tls_stream::is_quiet() {
    std::uint8_t byte = 0;
    return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && would_block(system_error(errno));
}

void tls_stream::discard_received() {
    auto& received = scratch::of_this_thread().received;
    while (::recv(socket_.native_handle(), received.data(), received.size(), MSG_DONTWAIT) > 0) continue;
}

error_code tls_stream::move_to(const asio::any_io_executor& executor) {
    error_code error;
    const auto protocol = socket_.local_endpoint(error).protocol();
    const int descriptor = error ? -1 : socket_.release(error);
    stream_socket moved(executor);
    if (!error) {
        moved.assign(protocol, descriptor, error);
        if (error) ::close(descriptor);
    }
    socket_ = std::move(moved);
    drained_ = false;  // who waited for the socket until now did not tell
    return error;
}

void tls_stream::send_close_notify() noexcept {
    if (!is_tls() || broken_ || SSL_is_init_finished(ssl_.get()) != 1) return;
    if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0) return;
    clear_errors();
    SSL_shutdown(ssl_.get());
    [[maybe_unused]] const auto best_effort = dispatch();
}

awaitable<error_code> tls_stream::shutdown_write() {
    send_close_notify();
    const auto flushed = co_await flush();
    if (flushed) co_return flushed;
    error_code error;
    socket_.shutdown(stream_socket::shutdown_send, error);
    co_return error;
}

void tls_stream::close() noexcept {
    if (!socket_.is_open()) return;
    send_close_notify();
    cancelled_ = true;
    error_code ignored;
    socket_.close(ignored);
}

void tls_stream::free_idle_buffers() noexcept {
    // OpenSSL itself lets go of an empty read buffer only when it is asked for a record that is not there.
    if (is_tls() && SSL_is_init_finished(ssl_.get()) == 1) SSL_free_buffers(ssl_.get());
}

void tls_stream::interrupt() noexcept {
    interrupted_ = true;
    error_code ignored;
    if (socket_.is_open()) socket_.cancel(ignored);
}

void tls_stream::cancel() noexcept {
    cancelled_ = true;
    interrupt();
}

}  // namespace portcullis::net
