#include "protocol/packet.hpp"

#include <gtest/gtest.h>

#include <array>

namespace portcullis::protocol {
namespace {

TEST(packet, header_is_three_bytes_of_length_and_a_sequence_id) {
    const std::array<std::uint8_t, packet_header_size> wire{0x01, 0x02, 0x03, 0xff};
    const auto header = parse_packet_header(wire);
    EXPECT_EQ(header.length, 0x030201U);
    EXPECT_EQ(header.sequence_id, 0xff);
}

TEST(packet, is_appended_behind_what_is_there) {
    bytes out{7};
    append_packet(out, 2, as_bytes("ab"));
    append_packet(out, 3, {});
    EXPECT_EQ(out, (bytes{7, 2, 0, 0, 2, 'a', 'b', 0, 0, 0, 3}));
}

TEST(packet, of_more_than_64_kib_has_its_third_length_byte) {
    const bytes payload(0x012345, 0);
    bytes out;
    append_packet(out, 0, payload);
    EXPECT_EQ(parse_packet_header(std::span(out).first<packet_header_size>()).length, 0x012345U);
}

}  // namespace
}  // namespace portcullis::protocol
