#include "proxy/net/proxy_v2.hpp"

#include "proxy/net/crc32c.hpp"

#include <algorithm>
#include <vector>

namespace portcullis::net {
namespace {

using bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t version_2_local = 0x20;
constexpr std::uint8_t version_2_proxy = 0x21;
constexpr std::uint8_t type_crc32c = 0x03;
constexpr std::size_t tlv_head = 3;

/// What follows the fixed part, by its byte of family and transport.
struct layout {
    std::size_t address_size = 0;  ///< of one of the two addresses
    std::size_t size = 0;          ///< of the whole block
    bool local = false;            ///< says nothing the gate could use
};

std::optional<layout> layout_of(std::uint8_t family_and_transport) {
    switch (family_and_transport) {
        case 0x00:
            return layout{0, 0, true};  // AF_UNSPEC
        case 0x11:
            return layout{4, 12, false};  // TCP over IPv4
        case 0x21:
            return layout{16, 36, false};  // TCP over IPv6
        case 0x31:
            return layout{108, 216, true};  // a unix stream socket
        default:
            return std::nullopt;  // datagrams cannot carry MySQL
    }
}

std::uint16_t big_endian_16(bytes from, std::size_t at) {
    return static_cast<std::uint16_t>((from[at] << 8U) | from[at + 1]);
}

config::ip_address address_at(bytes from, std::size_t at, std::size_t size) {
    std::array<std::uint8_t, 16> out{};
    if (size == 4) out[10] = out[11] = 0xff;
    const auto part = from.subspan(at, size);
    std::copy(part.begin(), part.end(), out.end() - static_cast<std::ptrdiff_t>(size));
    return config::ip_address(out);
}

/// The checksum covers the whole header with its own four bytes taken as zero.
bool checksum_holds(bytes header, std::size_t at) {
    std::vector<std::uint8_t> zeroed(header.begin(), header.end());
    std::fill_n(zeroed.begin() + static_cast<std::ptrdiff_t>(at), 4, std::uint8_t{0});
    const auto said = (static_cast<std::uint32_t>(big_endian_16(header, at)) << 16U) | big_endian_16(header, at + 2);
    return crc32c(zeroed) == said;
}

/// Walks the records to the header's very end; those the gate has no use for must still be whole.
bool records_hold(bytes header, std::size_t at) {
    while (at < header.size()) {
        if (header.size() - at < tlv_head) return false;
        const auto type = header[at];
        const std::size_t length = big_endian_16(header, at + 1);
        at += tlv_head;
        if (header.size() - at < length) return false;
        if (type == type_crc32c && (length != 4 || !checksum_holds(header, at))) return false;
        at += length;
    }
    return true;
}

}  // namespace

std::optional<std::size_t> proxy_v2_size(bytes fixed_part) {
    const auto version_and_command = fixed_part[12];
    if (version_and_command != version_2_local && version_and_command != version_2_proxy) return std::nullopt;
    const auto size = proxy_v2_fixed_size + big_endian_16(fixed_part, 14);
    return size <= proxy_v2_max_size ? std::optional(size) : std::nullopt;
}

std::optional<proxy_header> parse_proxy_v2(bytes header) {
    if (header.size() < proxy_v2_fixed_size) return std::nullopt;
    const auto size = proxy_v2_size(header);
    if (!size || *size != header.size()) return std::nullopt;
    proxy_header out;
    out.local = true;
    if (header[12] == version_2_local) return out;  // the rest is to be ignored
    const auto block = layout_of(header[13]);
    if (!block || header.size() - proxy_v2_fixed_size < block->size) return std::nullopt;
    if (!records_hold(header, proxy_v2_fixed_size + block->size)) return std::nullopt;
    if (block->local) return out;
    const auto ports = proxy_v2_fixed_size + 2 * block->address_size;
    out.local = false;
    out.source = address_at(header, proxy_v2_fixed_size, block->address_size);
    out.destination = address_at(header, proxy_v2_fixed_size + block->address_size, block->address_size);
    out.source_port = big_endian_16(header, ports);
    out.destination_port = big_endian_16(header, ports + 2);
    return out;
}

}  // namespace portcullis::net
