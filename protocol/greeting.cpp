#include "protocol/greeting.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <algorithm>

namespace portcullis::protocol {
namespace {

constexpr std::uint8_t protocol_version = 10;
constexpr std::size_t scramble_part_1 = 8;
constexpr std::size_t scramble_part_2 = 12;
constexpr std::size_t filler_size = 6;  // and four bytes more, which MariaDB fills with its extended bits

void append(bytes& to, bytes_view data) {
    to.insert(to.end(), data.begin(), data.end());
}

// What follows the scramble's first part and the lower capabilities.
void read_extension(reader& in, greeting& message) {
    message.character_set = in.int1();
    message.status_flags = in.int2();
    message.capabilities |= capability_flags{in.int2()} << 16;
    const std::size_t scramble_size = in.int1();
    in.skip(filler_size);
    const capability_flags extended = in.int4();
    if (!(message.capabilities & client_long_password)) message.capabilities |= extended << 32;
    if (message.capabilities & client_secure_connection) {
        // 13 bytes at least, the NUL behind the scramble included; a server that forgets the NUL at the end is
        // forgiven.
        const std::size_t announced = std::max<std::size_t>(scramble_size, scramble_part_1 + scramble_part_2 + 1);
        const std::size_t size = announced - scramble_part_1;
        const bytes_view part = in.fixed(in.left() == scramble_part_2 ? scramble_part_2 : size);
        append(message.scramble, part.first(std::min(part.size(), scramble_part_2)));
    }
    // Some MySQL 5.5 servers send the name without its NUL (bug 59453).
    if (message.capabilities & client_plugin_auth) message.auth_plugin = as_text(in.nul_string_or_rest());
}

}  // namespace

result<greeting> parse_greeting(bytes_view payload) {
    if (payload.empty()) return errc::truncated;
    if (payload.front() == 9) return errc::unsupported_protocol;
    if (payload.front() != protocol_version) return errc::not_a_greeting;
    reader in(payload.subspan(1));
    greeting message;
    message.server_version = as_text(in.nul_string());
    message.connection_id = in.int4();
    append(message.scramble, in.fixed(scramble_part_1));
    in.skip(1);
    message.capabilities = in.int2();
    if (in.error()) return in.error();
    if (!(message.capabilities & client_protocol_41)) return errc::unsupported_protocol;
    read_extension(in, message);
    if (in.error()) return in.error();
    return message;
}

bytes serialize_greeting(const greeting& message) {
    const bytes_view scramble(message.scramble);
    const bool mariadb = !(message.capabilities & client_long_password);
    const bool plugin_auth = (message.capabilities & client_plugin_auth) != 0;
    writer out;
    out.int1(protocol_version);
    out.nul_string(as_bytes(message.server_version));
    out.int4(message.connection_id);
    out.raw(scramble.first(std::min(scramble.size(), scramble_part_1)));
    out.int1(0);
    out.int2(static_cast<std::uint16_t>(message.capabilities));
    out.int1(message.character_set);
    out.int2(message.status_flags);
    out.int2(static_cast<std::uint16_t>(message.capabilities >> 16));
    out.int1(plugin_auth ? static_cast<std::uint8_t>(scramble.size() + 1) : std::uint8_t{0});
    out.zeros(filler_size);
    out.int4(mariadb ? static_cast<std::uint32_t>(message.capabilities >> 32) : 0U);
    if (message.capabilities & client_secure_connection) {
        out.raw(scramble.subspan(std::min(scramble.size(), scramble_part_1)));
        out.int1(0);
    }
    if (plugin_auth) out.nul_string(as_bytes(message.auth_plugin));
    return out.take();
}

}  // namespace portcullis::protocol
