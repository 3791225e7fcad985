#include "proxy/net/tls_stream.hpp"

#include "proxy/net/error.hpp"
#include "proxy/net/openssl_errors.hpp"
#include "proxy/net/scratch.hpp"
#include "proxy/net/would_block.hpp"

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
    if (to_send.empty()) return {};
    error_code error;
    if (held_.empty()) {
        error = send_now(to_send.bytes());
    } else {
        const auto behind = to_send.bytes();
        held_.insert(held_.end(), behind.begin(), behind.end());
        error = send_held();
    }
    to_send.clear();
    return error;
}

error_code tls_stream::send_held() {
    return send_now(std::exchange(held_, {}));
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

/// The scratch is other sessions' as soon as we wait: what the peer sent behind its Finished is copied, and later on
/// what is less than a record.
void tls_stream::keep_received() {
    if (received_.empty()) return;
    if (std::to_address(received_.end()) == carried_.data() + carried_.size())  // it is what is left of that
        carried_.erase(carried_.begin(), carried_.end() - static_cast<std::ptrdiff_t>(received_.size()));
    else
        carried_.assign(received_.begin(), received_.end());
    received_ = carried_;
}

result<std::size_t> tls_stream::receive_more(std::span<std::uint8_t> into) {
    if (std::exchange(drained_, false)) return error_code(asio::error::would_block);
    const auto size = receive(into);
    if (size) drained_ = *size < into.size();
    return size;
}

tls_stream::tls_step tls_stream::step_of(int returned) {
    if (returned > 0) return tls_step::done;
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            return tls_step::wants_read;
        case SSL_ERROR_ZERO_RETURN:
            return tls_step::end;
        default:
            if (!broken_) failure_ = take_openssl_errors();  // what comes later is no cause
            broken_ = true;
            return tls_step::failed;
    }
}

/// Decrypts everything that was received; what is left inside OpenSSL is less than a record.
result<std::size_t> tls_stream::decrypt(std::span<std::uint8_t> out) {
    const std::size_t fed = received_.size();
    std::size_t size = 0;
    starved_ = false;
    while (size < out.size() && !starved_) {
        clear_openssl_errors();
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

error_code tls_stream::end_of_records() {
    switch (records_->now()) {
        case tls_records::state::open:
            break;
        case tls_records::state::ended:
            return errc::end_of_stream;
        case tls_records::state::failed:
            failure_ = records_->failure();
            return errc::tls_failed;
        case tls_records::state::flooded:
            return errc::tls_barren;
    }
    return unsent_.size() > backlog_limit || barren_bytes_ > barren_limit ? errc::tls_barren : error_code();
}

result<std::span<std::uint8_t>> tls_stream::read_records(std::span<std::uint8_t> out) {
    auto& shared = scratch::of_this_thread();
    for (;;) {
        if (!starved_) {
            const auto opened = records_->open(received_, out, shared.to_send);
            barren_bytes_ = opened.text == 0 ? barren_bytes_ + opened.taken : 0;
            received_ = received_.subspan(opened.taken);
            starved_ = true;
            keep_received();
            const auto sent = shared.to_send.empty() ? error_code() : dispatch();
            if (opened.text > 0) return out.first(opened.text);
            if (sent && records_->now() == tls_records::state::open) return sent;
        }
        if (const auto end = end_of_records()) return end;
        if (std::exchange(drained_, false)) return error_code(asio::error::would_block);
        // What was left of a record goes in front of what comes.
        const auto room = std::span(shared.received);
        const auto left = received_.size();
        std::copy(received_.begin(), received_.end(), room.begin());
        const auto size = receive_more(room.subspan(left));
        if (!size) return size.error();
        received_ = room.first(left + *size);
        starved_ = false;
    }
}

result<std::span<std::uint8_t>> tls_stream::try_read() {
    if (stopped()) return error_code(asio::error::operation_aborted);
    if (handover_) take_over();
    if (owes_handshake())
        if (const auto error = send_held()) return error;
    const auto out = std::span(scratch::of_this_thread().plain).subspan(scratch::headroom);
    if (records_) return read_records(out);
    if (ssl_) return read_through_openssl(out);
    const auto size = receive_more(out);
    if (!size) return size.error();
    return out.first(*size);
}

result<std::span<std::uint8_t>> tls_stream::read_through_openssl(std::span<std::uint8_t> out) {
    auto& shared = scratch::of_this_thread();
    for (;;) {
        if (!received_.empty() || (!starved_ && SSL_has_pending(ssl_.get()) == 1)) {
            const auto size = decrypt(out);
            const auto sent = dispatch();
            if (renewals_.excessive() || unsent_.size() > backlog_limit) return error_code(errc::tls_barren);
            if (*size > 0) {
                tickets_wanted_ = false;  // they come in front of everything else
                return out.first(*size);
            }
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
    if (owes_handshake())
        if (const auto error = co_await finish_handshake()) co_return error;
    for (;;) {
        const auto some = try_read();
        if (some || !would_block(some.error())) co_return some;
        const auto waited = co_await wait(stream_socket::wait_read);
        if (waited) co_return waited;
    }
}

error_code tls_stream::encrypt(std::span<const std::uint8_t> data) {
    while (!data.empty()) {
        clear_openssl_errors();
        std::size_t taken = 0;
        const auto step = step_of(SSL_write_ex(ssl_.get(), data.data(), data.size(), &taken));
        if (step != tls_step::done) return errc::tls_failed;  // our BIO never blocks: anything else is a failure
        data = data.subspan(taken);
    }
    return {};
}

error_code tls_stream::try_write(std::span<const std::uint8_t> data) {
    if (cancelled_) return asio::error::operation_aborted;
    if (handover_) take_over();
    error_code error;
    if (is_tls()) {
        if (records_ && !records_->seal(data, scratch::of_this_thread().to_send)) {
            error = end_of_records();
            if (!error) error = errc::tls_failed;  // behind our close_notify
        }
        if (ssl_) error = encrypt(data);
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
    if (records_) {
        records_->end(scratch::of_this_thread().to_send);
        [[maybe_unused]] const auto best_effort = dispatch();
        return;
    }
    if (!is_tls() || broken_ || SSL_is_init_finished(ssl_.get()) != 1) return;
    if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0) return;
    clear_openssl_errors();
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
    if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) SSL_free_buffers(ssl_.get());
    if (records_ && received_.empty()) carried_ = {};
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
