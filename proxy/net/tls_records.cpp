#include "proxy/net/tls_records.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>

namespace portcullis::net {
namespace {

using bytes_view = std::span<const std::uint8_t>;

constexpr std::size_t tag_size = certs::record_cipher::tag_size;
constexpr std::size_t type_size = 1;

enum record_type : std::uint8_t { alert_record = 21, handshake_record = 22, data_record = 23 };

enum message_type : std::uint8_t { new_session_ticket = 4, key_update = 24 };

enum update_request : std::uint8_t { update_not_requested = 0, update_requested = 1 };

/// Of a NewSessionTicket: its lifetime, age_add, nonce, ticket and extensions (RFC 8446, 4.6.1).
constexpr std::uint32_t longest_ticket = 4 + 4 + (1 + 255) + (2 + 65'535) + (2 + 65'534);

constexpr std::uint8_t warning = 1;
constexpr std::uint8_t fatal = 2;

std::array<std::uint8_t, tls_records::header_size> header_of(std::size_t sealed) {
    return {data_record, 3, 3, static_cast<std::uint8_t>(sealed >> 8U), static_cast<std::uint8_t>(sealed)};
}

std::size_t sealed_size(bytes_view header) {
    return std::size_t{header[3]} << 8U | header[4];
}

}  // namespace

bool tls_records::seal_one(std::uint8_t type, bytes_view text, send_buffer& to_send) {
    const auto header = header_of(text.size() + type_size + tag_size);
    const auto before = to_send.size();
    auto* const record = to_send.grow(header.size() + text.size() + type_size + tag_size);
    if (writing_.seal(header, text, type, std::copy(header.begin(), header.end(), record))) return true;
    to_send.shrink(before);
    now_ = state::failed;
    failure_ = "OpenSSL cannot seal a record";
    return false;
}

bool tls_records::seal(bytes_view text, send_buffer& to_send) {
    if (now_ == state::failed || now_ == state::flooded || said_end_) return false;
    while (!text.empty()) {
        if (writing_.worn() && !announce_update(update_not_requested, to_send)) return false;
        const auto piece = text.first(std::min(text.size(), longest_text));
        if (!seal_one(data_record, piece, to_send)) return false;
        text = text.subspan(piece.size());
    }
    return true;
}

void tls_records::end(send_buffer& to_send) {
    if (said_end_ || now_ == state::failed) return;
    said_end_ = true;
    [[maybe_unused]] const auto best_effort =
        seal_one(alert_record, std::array<std::uint8_t, 2>{warning, SSL_AD_CLOSE_NOTIFY}, to_send);
}

void tls_records::fail(std::uint8_t alert, std::string why, send_buffer& answers) {
    if (now_ == state::failed) return;
    const bool told = said_end_ || seal_one(alert_record, std::array{fatal, alert}, answers);
    now_ = state::failed;
    if (told) failure_ = std::move(why);
}

tls_records::opened tls_records::open(bytes_view received, std::span<std::uint8_t> out, send_buffer& answers) {
    opened done;
    while (now_ == state::open && received.size() - done.taken >= header_size) {
        const auto rest = received.subspan(done.taken);
        const auto size = sealed_size(rest);
        if (rest[0] != data_record) {
            fail(SSL_AD_UNEXPECTED_MESSAGE, "a record that is not encrypted", answers);
        } else if (size > longest_sealed) {
            fail(SSL_AD_RECORD_OVERFLOW, "a record that is too long", answers);
        } else if (size < type_size + tag_size) {
            fail(SSL_AD_BAD_RECORD_MAC, "a record that is too short", answers);
        } else {
            if (rest.size() < header_size + size) break;
            done.text += open_one(rest.first(header_size + size), out.data() + done.text, answers);
            done.taken += header_size + size;
        }
    }
    if (done.text > 0 && updates_ > 0) --updates_;  // whoever works may renew keys as long as it lives
    return done;
}

std::size_t tls_records::open_one(bytes_view record, std::uint8_t* out, send_buffer& answers) {
    if (!reading_.open(record.first(header_size), record.subspan(header_size), out)) {
        fail(SSL_AD_BAD_RECORD_MAC, "a record that was changed on its way", answers);
        return 0;
    }
    auto size = record.size() - header_size - tag_size;
    while (size > 0 && out[size - 1] == 0) --size;  // padding
    if (size == 0 || size - type_size > longest_text) {
        const auto why = size == 0 ? SSL_AD_UNEXPECTED_MESSAGE : SSL_AD_RECORD_OVERFLOW;
        fail(static_cast<std::uint8_t>(why), "a record without a type, or with too much text", answers);
        return 0;
    }
    size -= type_size;
    const auto type = out[size];
    const bytes_view text(out, size);
    const bool in_message = message_left_ > 0 || message_header_size_ > 0;
    if (type == data_record && !in_message) return size;
    if (type == handshake_record && size > 0)
        read_handshake(text, answers);
    else if (type == alert_record)
        read_alert(text, answers);
    else
        fail(SSL_AD_UNEXPECTED_MESSAGE, "a record of a type that has no place here", answers);
    return 0;
}

void tls_records::read_alert(bytes_view text, send_buffer& answers) {
    if (text.size() != 2) return fail(SSL_AD_DECODE_ERROR, "an alert of a wrong length", answers);
    const int description = text[1];
    if (description == SSL_AD_USER_CANCELLED) return;  // a close_notify follows
    if (description == SSL_AD_CLOSE_NOTIFY) {
        now_ = state::ended;
        return;
    }
    now_ = state::failed;
    failure_ = std::string("the peer's alert: ") + SSL_alert_desc_string_long(description);
}

/// Messages may be split over records and come several in one.
void tls_records::read_handshake(bytes_view text, send_buffer& answers) {
    while (!text.empty() && now_ == state::open) {
        if (message_left_ > 0) {  // of a ticket, which nobody needs any more
            const auto skipped = std::min<std::size_t>(message_left_, text.size());
            message_left_ -= static_cast<std::uint32_t>(skipped);
            text = text.subspan(skipped);
            continue;
        }
        if (message_header_size_ < message_header_.size()) {
            message_header_[message_header_size_++] = text.front();
            text = text.subspan(1);
            if (message_header_size_ == message_header_.size()) begin_message(answers);
            continue;
        }
        // A KeyUpdate's one byte, and the last of its record: the next one has other keys (RFC 8446, 5.1).
        if (text.size() != 1)
            return fail(SSL_AD_UNEXPECTED_MESSAGE, "a KeyUpdate that is not alone at its record's end", answers);
        message_header_size_ = 0;
        return update_keys(text.front(), answers);
    }
}

void tls_records::begin_message(send_buffer& answers) {
    const auto type = message_header_[0];
    const auto size =
        std::uint32_t{message_header_[1]} << 16U | std::uint32_t{message_header_[2]} << 8U | message_header_[3];
    if (type == key_update) {
        if (size != 1) fail(SSL_AD_DECODE_ERROR, "a KeyUpdate of a wrong length", answers);
        return;
    }
    message_header_size_ = 0;
    if (type != new_session_ticket || !is_client_)
        return fail(SSL_AD_UNEXPECTED_MESSAGE, "a handshake message that has no place here", answers);
    if (size > longest_ticket) return fail(SSL_AD_DECODE_ERROR, "a ticket that is too long", answers);
    message_left_ = size;
}

void tls_records::update_keys(std::uint8_t request, send_buffer& answers) {
    if (request != update_requested && request != update_not_requested)
        return fail(SSL_AD_ILLEGAL_PARAMETER, "a KeyUpdate that asks for something unknown", answers);
    if (++updates_ > most_updates) {
        now_ = state::flooded;
        return;
    }
    if (!reading_.renew()) return fail(SSL_AD_INTERNAL_ERROR, "OpenSSL cannot derive a key", answers);
    if (request == update_requested && !said_end_) [[maybe_unused]]
        const auto failed_already = announce_update(update_not_requested, answers);
}

bool tls_records::announce_update(std::uint8_t request, send_buffer& to_send) {
    const std::array<std::uint8_t, 5> message{key_update, 0, 0, 1, request};
    if (!seal_one(handshake_record, message, to_send)) return false;
    if (writing_.renew()) return true;
    now_ = state::failed;
    failure_ = "OpenSSL cannot derive a key";
    return false;
}

}  // namespace portcullis::net
