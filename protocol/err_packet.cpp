#include "protocol/err_packet.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

namespace portcullis::protocol {
namespace {

constexpr std::uint8_t err_byte = 0xff;
constexpr std::size_t sql_state_size = 5;
constexpr std::size_t max_message_size = 512;

// At most 512 bytes, and no half of a UTF-8 character at the end: some drivers decode strictly.
std::string_view cut(std::string_view message) {
    if (message.size() <= max_message_size) return message;
    std::size_t size = max_message_size;
    while (size > max_message_size - 3 && (static_cast<std::uint8_t>(message[size]) & 0xc0U) == 0x80U) --size;
    return message.substr(0, size);
}

}  // namespace

result<err_packet> parse_err_packet(bytes_view payload) {
    if (payload.empty()) return errc::truncated;
    if (payload.front() != err_byte) return errc::unexpected_message;
    reader in(payload.subspan(1));
    err_packet message;
    message.code = in.int2();
    bytes_view text = in.rest();
    if (!text.empty() && text.front() == '#') {
        reader with_state(text.subspan(1));
        message.sql_state = as_text(with_state.fixed(sql_state_size));
        text = with_state.rest();
        if (with_state.error()) return with_state.error();
    }
    if (in.error()) return in.error();
    message.message = as_text(text);
    return message;
}

std::string in_words(const err_packet& message) {
    return "ERR " + std::to_string(message.code) + " " + std::string(message.message);
}

bytes serialize_err_packet(const err_packet& message) {
    writer out;
    out.int1(err_byte);
    out.int2(message.code);
    if (!message.sql_state.empty()) {
        std::string state(message.sql_state);
        state.resize(sql_state_size, '0');
        out.int1('#');
        out.raw(as_bytes(state));
    }
    out.raw(as_bytes(cut(message.message)));
    return out.take();
}

}  // namespace portcullis::protocol
