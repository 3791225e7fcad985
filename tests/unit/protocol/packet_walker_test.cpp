#include "protocol/packet_walker.hpp"

#include "stream.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

using step = packet_walker::step;

TEST(packet_walker, finds_every_packet_of_a_chunk) {
    const bytes chunk = join({packet(0, "abc"), packet(7, ""), packet(1, "z")});
    packet_walker walker;
    std::size_t position = 0;
    packet_start found;
    ASSERT_EQ(walker.next(chunk, position, found), step::start);
    EXPECT_EQ(found.offset, 0U);
    EXPECT_EQ(found.length, 3U);
    EXPECT_EQ(found.first_byte, 'a');
    EXPECT_EQ(position, packet_header_size);
    ASSERT_EQ(walker.next(chunk, position, found), step::start);
    EXPECT_EQ(found.offset, 7U);
    EXPECT_EQ(found.sequence_id, 7);
    EXPECT_EQ(found.length, 0U);
    EXPECT_EQ(found.first_byte, 0);
    ASSERT_EQ(walker.next(chunk, position, found), step::start);
    EXPECT_EQ(found.offset, 11U);
    EXPECT_EQ(found.first_byte, 'z');
    EXPECT_EQ(walker.next(chunk, position, found), step::end);
    EXPECT_EQ(position, chunk.size());
    EXPECT_TRUE(walker.at_boundary());
}

TEST(packet_walker, wants_the_header_and_the_first_byte_together) {
    const bytes chunk = packet(0, "abc");
    for (std::size_t size = 1; size <= packet_header_size; ++size) {
        packet_walker walker;
        std::size_t position = 0;
        packet_start found;
        EXPECT_EQ(walker.next(bytes_view(chunk).first(size), position, found), step::need_more);
        EXPECT_EQ(position, 0U);
        EXPECT_TRUE(walker.at_boundary());
    }
}

TEST(packet_walker, wants_no_first_byte_of_an_empty_packet) {
    packet_walker walker;
    std::size_t position = 0;
    packet_start found;
    EXPECT_EQ(walker.next(packet(3, ""), position, found), step::start);
    EXPECT_TRUE(walker.at_boundary());
}

TEST(packet_walker, is_inside_a_payload_until_its_last_byte) {
    const bytes chunk = packet(0, "abc");
    packet_walker walker;
    std::size_t position = 0;
    packet_start found;
    EXPECT_EQ(walker.next(bytes_view(chunk).first(6), position, found), step::start);
    EXPECT_EQ(walker.next(bytes_view(chunk).first(6), position, found), step::end);
    EXPECT_FALSE(walker.at_boundary());
    position = 0;
    EXPECT_EQ(walker.next(bytes_view(chunk).subspan(6), position, found), step::end);
    EXPECT_TRUE(walker.at_boundary());
}

TEST(packet_walker, takes_what_follows_a_full_payload_for_its_continuation) {
    const bytes chunk = join({full_packet(0, 'x'), full_packet(1, 'x'), packet(2, "\x11user"), packet(0, "\x11user")});
    packet_walker walker;
    std::size_t position = 0;
    packet_start found;
    ASSERT_EQ(walker.next(chunk, position, found), step::start);
    EXPECT_FALSE(found.continuation);
    EXPECT_FALSE(walker.at_boundary());
    ASSERT_EQ(walker.next(chunk, position, found), step::start);
    EXPECT_TRUE(found.continuation);
    EXPECT_EQ(found.first_byte, 0);
    ASSERT_EQ(walker.next(chunk, position, found), step::start);
    EXPECT_TRUE(found.continuation);
    EXPECT_EQ(found.first_byte, 0);
    ASSERT_EQ(walker.next(chunk, position, found), step::start);
    EXPECT_FALSE(found.continuation);
    EXPECT_EQ(found.first_byte, 0x11);
    EXPECT_EQ(walker.next(chunk, position, found), step::end);
}

TEST(packet_walker, is_at_no_boundary_behind_a_full_payload_until_its_empty_end) {
    const bytes full = full_packet(0, 'x');
    packet_walker walker;
    std::size_t position = 0;
    packet_start found;
    ASSERT_EQ(walker.next(full, position, found), step::start);
    ASSERT_EQ(walker.next(full, position, found), step::end);
    EXPECT_FALSE(walker.at_boundary());
    position = 0;
    ASSERT_EQ(walker.next(packet(1, ""), position, found), step::start);
    EXPECT_TRUE(found.continuation);
    EXPECT_TRUE(walker.at_boundary());
}

TEST(packet_walker, a_payload_one_byte_short_of_full_is_not_continued) {
    bytes chunk{0xfe, 0xff, 0xff, 0};
    chunk.resize(packet_header_size + max_payload - 1, 'x');
    packet_walker walker;
    std::size_t position = 0;
    packet_start found;
    ASSERT_EQ(walker.next(chunk, position, found), step::start);
    ASSERT_EQ(walker.next(chunk, position, found), step::end);
    EXPECT_TRUE(walker.at_boundary());
}

}  // namespace
}  // namespace portcullis::protocol
