// The record layer of TLS 1.3 behind a handshake (RFC 8446, 4.6, 5 and 6): ciphertext in, text out, and the other way.
// As kernel TLS does, it takes over when OpenSSL has shaken hands: a session then owns two keys instead of two SSL
// objects of 17 KiB, and each byte is touched once. Pure: no socket, no wait. Shakes no hands and resumes nothing.
#pragma once

#include "certs/record_keys.hpp"
#include "proxy/net/send_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace portcullis::net {

class tls_records {
public:
    static constexpr std::size_t header_size = 5;
    static constexpr std::size_t longest_text = 16UL * 1024;
    /// Of a record without its header: text, type, tag and padding (RFC 8446, 5.2).
    static constexpr std::size_t longest_sealed = longest_text + 256;
    static constexpr std::size_t longest_record = header_size + longest_sealed;
    /// So many KeyUpdates may come in a row, each of them work and none of them data (security rule 17).
    static constexpr unsigned most_updates = 32;

    tls_records(certs::record_keys reading, certs::record_keys writing, bool is_client)
        : reading_(std::move(reading)), writing_(std::move(writing)), is_client_(is_client) {}

    enum class state {
        open,    ///< more may come
        ended,   ///< the peer sent close_notify
        failed,  ///< see failure(); an alert that says so is among the answers
        flooded  ///< KeyUpdates without data
    };

    struct opened {
        std::size_t taken = 0;  ///< of the ciphertext; what is left is less than a record, or behind an end
        std::size_t text = 0;
    };

    /// Opens the whole records that `received` begins with, their text one behind the other in `out`, which has room
    /// for as many bytes as `received` has. Appends to `answers` what the peer must be sent.
    [[nodiscard]] opened open(std::span<const std::uint8_t> received, std::span<std::uint8_t> out,
                              send_buffer& answers);

    /// Appends `text` as records to `to_send`. False: OpenSSL failed, or there was a failure or our close_notify
    /// before; the connection takes no more text.
    [[nodiscard]] bool seal(std::span<const std::uint8_t> text, send_buffer& to_send);

    /// Appends a close_notify, once.
    void end(send_buffer& to_send);

    void prefetch_opening() const { reading_.prefetch(); }
    void prefetch_sealing() const { writing_.prefetch(); }

    [[nodiscard]] state now() const { return now_; }
    /// For the log alone.
    [[nodiscard]] const std::string& failure() const { return failure_; }

private:
    [[nodiscard]] bool seal_one(std::uint8_t type, std::span<const std::uint8_t> text, send_buffer& to_send);
    /// One record's text, without its padding and type.
    [[nodiscard]] std::size_t open_one(std::span<const std::uint8_t> record, std::uint8_t* out, send_buffer& answers);
    void read_alert(std::span<const std::uint8_t> text, send_buffer& answers);
    void read_handshake(std::span<const std::uint8_t> text, send_buffer& answers);
    void begin_message(send_buffer& answers);
    void update_keys(std::uint8_t request, send_buffer& answers);
    [[nodiscard]] bool announce_update(std::uint8_t request, send_buffer& to_send);
    void fail(std::uint8_t alert, std::string why, send_buffer& answers);

    certs::record_keys reading_;
    certs::record_keys writing_;
    std::string failure_;
    std::uint32_t message_left_ = 0;  ///< of a handshake message that more records belong to
    unsigned message_header_size_ = 0;
    std::array<std::uint8_t, 4> message_header_{};
    unsigned updates_ = 0;
    state now_ = state::open;
    bool is_client_;
    bool said_end_ = false;
};

}  // namespace portcullis::net
