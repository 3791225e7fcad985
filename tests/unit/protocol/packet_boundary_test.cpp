#include "protocol/packet_boundary.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace portcullis::protocol;

TEST(packet_boundary, is_reached_between_packets_only_whatever_the_split) {
    bytes stream;
    append_packet(stream, 0, bytes{1, 2, 3});
    const auto first = stream.size();
    append_packet(stream, 1, bytes{});
    const auto second = stream.size();
    append_packet(stream, 2, bytes(300, 7));
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        packet_boundary watched;
        EXPECT_TRUE(watched.reached());
        for (std::size_t at = 0; at < stream.size(); at += step) {
            const auto size = std::min(step, stream.size() - at);
            watched.feed(bytes_view(stream).subspan(at, size));
            const auto end = at + size;
            EXPECT_EQ(watched.reached(), end == first || end == second || end == stream.size()) << step << ' ' << end;
        }
    }
}

TEST(packet_boundary, is_not_reached_before_the_continuation_of_a_full_payload) {
    packet_boundary watched;
    watched.feed(bytes{0xff, 0xff, 0xff, 0});
    watched.feed(bytes(max_payload));
    EXPECT_FALSE(watched.reached());
    watched.feed(bytes{0, 0, 0, 1});
    EXPECT_TRUE(watched.reached());
}

}  // namespace
