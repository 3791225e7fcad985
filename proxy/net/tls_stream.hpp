// A non-blocking socket that starts in plaintext and may be upgraded to TLS once. OpenSSL runs over BIOs of our own
// and, of TLS 1.3, shakes hands only: its records are then tls_records'. One recv feeds many records, many records
// leave in one send, and waiting is for readiness only. Knows no packets, sets no deadlines: whoever owns it cancels it
// (net/deadline).
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/peer_identity.hpp"
#include "proxy/net/asio.hpp"
#include "proxy/net/post_handshake.hpp"
#include "proxy/net/record_handover.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace portcullis::net {

class tls_stream {
public:
    /// `socket` is connected or about to be.
    explicit tls_stream(stream_socket socket);
    ~tls_stream();
    tls_stream(const tls_stream&) = delete;
    tls_stream& operator=(const tls_stream&) = delete;

    /// Connects to `to`.
    [[nodiscard]] awaitable<error_code> connect(asio::generic::stream_protocol::endpoint to);

    /// Back to an unconnected socket, after connect() failed: for the next address of a name.
    void reopen();
    /// True if the kernel holds bytes nobody has read. Plaintext only.
    [[nodiscard]] bool has_unread();

    /// Plaintext only: fills `out` exactly and takes not one byte more from the kernel, so that a ClientHello behind an
    /// SSLRequest stays there for the TLS engine (security rule 1). Errors: end_of_stream, the system's.
    [[nodiscard]] awaitable<error_code> read_exactly(std::span<std::uint8_t> out);

    /// The TLS handshake as server. What it sends last leaves with the first write, or before the first read if the
    /// client waits for it. Errors: tls_failed (see failure()), end_of_stream, the system's.
    [[nodiscard]] awaitable<error_code> accept_tls(SSL_CTX* context);
    /// The TLS handshake as client with a prepared connection (expected host, session to resume). Tickets that the
    /// server sends behind a resumption are OpenSSL's only if they are `wanted`.
    enum class tickets { wanted, ignored };
    [[nodiscard]] awaitable<error_code> connect_tls(certs::ssl_ptr prepared, tickets sent = tickets::wanted);

    /// Sends at once what the handshake left to leave with the first write: for who will wait for somebody else first.
    [[nodiscard]] awaitable<error_code> finish_handshake();
    /// The peer waits for that.
    [[nodiscard]] bool owes_handshake() const { return !held_.empty() && !held_is_spare_; }

    /// Waits for bytes and returns all that one recv brought, decrypted, in the worker's scratch (scratch::headroom
    /// bytes before it are the caller's): valid until the next suspension. Never empty. Errors: end_of_stream,
    /// truncated, tls_failed, tls_barren, the system's.
    [[nodiscard]] awaitable<result<std::span<std::uint8_t>>> read_some();

    /// The same without a coroutine: would_block where read_some() would wait, for which there is readable(). Once
    /// interrupted or cancelled: operation_aborted.
    [[nodiscard]] result<std::span<std::uint8_t>> try_read();
    /// Awaited, it ends when the peer sent something or when waiting was ended: try_read() tells which.
    [[nodiscard]] auto readable() { return socket_.async_wait(stream_socket::wait_read, yield); }

    /// Brings to the CPU's caches what the next try_read() or try_write() needs, without waiting for it. Of thousands
    /// of sessions none finds its keys there any more, and a system call in between is time enough.
    void prefetch_reading() const {
        if (records_) records_->prefetch_opening();
    }
    void prefetch_writing() const {
        if (records_) records_->prefetch_sealing();
    }

    /// Sends all of `data`, which may lie in the scratch: it is encrypted and, if the socket is full, copied before the
    /// first suspension. At most one call's worth of bytes is ever buffered: that is the back-pressure.
    [[nodiscard]] awaitable<error_code> write(std::span<const std::uint8_t> data);

    /// The same without a coroutine: would_block, if the socket is full, and then flush() sends the rest.
    [[nodiscard]] error_code try_write(std::span<const std::uint8_t> data);
    [[nodiscard]] awaitable<error_code> flush();

    /// The same without waiting: true if the socket took all of it. What it did not take is sent by the next write.
    [[nodiscard]] bool write_now(std::span<const std::uint8_t> data);

    /// True while the kernel has nothing to say of the peer: no bytes, no end, no error.
    [[nodiscard]] bool is_quiet();
    /// Throws away what the kernel has received, so that close() does not reset the connection.
    void discard_received();
    /// From here on waiting happens on `executor`. Precondition: nobody waits. The calling thread need not be the old
    /// executor's. Errors: the system's; the socket is closed then.
    [[nodiscard]] error_code move_to(const asio::any_io_executor& executor);

    /// Ends our direction: close_notify, then FIN. The other direction stays open.
    [[nodiscard]] awaitable<error_code> shutdown_write();

    /// Gives back the memory that only a busy stream needs.
    void free_idle_buffers() noexcept;

    /// close_notify if it fits the socket without waiting, then closes. Waiting operations end with operation_aborted.
    void close() noexcept;
    /// Ends present and future waiting with operation_aborted, until resume().
    void interrupt() noexcept;
    void resume() noexcept { interrupted_ = false; }
    /// Ends all present and future waiting with operation_aborted; what was received stays readable to nobody.
    void cancel() noexcept;

    [[nodiscard]] bool is_tls() const { return ssl_ != nullptr || records_; }
    /// From the handshake to the first read or write behind it; nullptr else. Ask it who the peer is.
    [[nodiscard]] const SSL* ssl() const { return ssl_.get(); }
    /// What was said when TLS failed, for the log alone.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    [[nodiscard]] stream_socket& socket() { return socket_; }
    [[nodiscard]] int native_handle() { return socket_.native_handle(); }

private:
    enum class tls_step { done, wants_read, failed, end };

    [[nodiscard]] awaitable<error_code> handshake();
    [[nodiscard]] tls_step shake_hands();
    [[nodiscard]] awaitable<error_code> wait(stream_socket::wait_type what);
    [[nodiscard]] bool stopped() const { return cancelled_ || interrupted_; }
    /// One recv into the scratch. would_block is an error here.
    [[nodiscard]] result<std::size_t> receive(std::span<std::uint8_t> into);
    /// Sends what the SSL object produced; keeps in unsent_ what the socket does not take.
    [[nodiscard]] error_code dispatch();
    /// Keeps it for the next dispatch() instead: one segment, and the peer wakes up once.
    void hold_last_flight();
    [[nodiscard]] error_code send_held();
    [[nodiscard]] error_code send_now(std::span<const std::uint8_t> data);
    [[nodiscard]] tls_step step_of(int returned);
    /// receive(), but would_block without a system call right after a recv that took all there was.
    [[nodiscard]] result<std::size_t> receive_more(std::span<std::uint8_t> into);
    void keep_received();
    /// The records' keys are ours as soon as they can be: see record_handover.
    void take_over();
    [[nodiscard]] result<std::span<std::uint8_t>> read_records(std::span<std::uint8_t> out);
    [[nodiscard]] result<std::span<std::uint8_t>> read_through_openssl(std::span<std::uint8_t> out);
    /// Why no more text will come of the records; nothing: more may.
    [[nodiscard]] error_code end_of_records();
    [[nodiscard]] result<std::size_t> decrypt(std::span<std::uint8_t> out);
    [[nodiscard]] error_code encrypt(std::span<const std::uint8_t> data);
    void send_close_notify() noexcept;
    void adopt(certs::ssl_ptr ssl);

    friend struct scratch_bio;

    stream_socket socket_;
    post_handshake renewals_;  ///< of ssl_, which points to it
    certs::ssl_ptr ssl_;
    std::unique_ptr<record_handover> handover_;  ///< until records_ take over, or it is known that they never will
    std::optional<tls_records> records_;         ///< instead of ssl_
    std::span<const std::uint8_t> received_;     ///< ciphertext that nobody has taken yet
    std::vector<std::uint8_t> carried_;          ///< where received_ lies once a wait came between
    std::vector<std::uint8_t> unsent_;           ///< what the socket did not take; empty unless it is full
    std::vector<std::uint8_t> held_;             ///< the handshake's last flight, until something is sent behind it
    std::string failure_;
    std::size_t barren_bytes_ = 0;
    bool drained_ = false;         ///< the last recv took all the kernel had
    bool starved_ = false;         ///< what is left of the ciphertext is less than a record
    bool held_is_spare_ = false;   ///< held_ is tickets alone: the peer can do without
    bool tickets_wanted_ = false;  ///< a client's: OpenSSL must see what comes before the first text
    bool peer_ended_ = false;      ///< close_notify was received
    bool broken_ = false;          ///< OpenSSL failed: nothing more may be asked of it (SSL_shutdown(3))
    bool cancelled_ = false;
    bool interrupted_ = false;
};

}  // namespace portcullis::net
