#include "proxy/net/compression.hpp"

#include "proxy/net/scratch.hpp"

#include <gtest/gtest.h>

#include <random>

namespace portcullis::net {
namespace {

using protocol::bytes;
using protocol::errc;

bytes text(std::size_t size) {
    bytes out(size);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>('a' + i / 7 % 23);
    return out;
}

bytes noise(std::size_t size) {
    std::mt19937 random(7);  // NOLINT: the same every time
    bytes out(size);
    for (auto& each : out) each = static_cast<std::uint8_t>(random());
    return out;
}

bytes join(const bytes& one, const bytes& other) {
    auto both = one;
    both.insert(both.end(), other.begin(), other.end());
    return both;
}

/// Everything that can be had so far.
protocol::result<bytes> drain(compressed_frames& from) {
    bytes out;
    for (;;) {
        const auto piece = from.next();
        if (!piece) return piece.error();
        if (piece->empty()) return out;
        out.insert(out.end(), piece->begin(), piece->end());
    }
}

class compressed : public testing::TestWithParam<compression> {
protected:
    compressed_frames one_{GetParam(), 0};
    compressed_frames other_{GetParam(), 0};

    protocol::result<bytes> unpacked(const bytes& wire) {
        other_.feed(wire);
        return drain(other_);
    }
};

TEST_P(compressed, bytes_arrive_as_they_were) {
    for (const auto& data : {text(1), text(49), text(50), text(100'000), noise(100'000), text(3'000'000)})
        EXPECT_EQ(unpacked(one_.pack(data)).value(), data) << data.size();
    EXPECT_LT(one_.pack(text(100'000)).size(), 10'000U);
    EXPECT_LE(one_.pack(noise(100'000)).size(), 100'007U) << "what does not shrink is stored";
}

TEST_P(compressed, frames_may_come_in_any_split) {
    const auto data = join(text(2'000), noise(500));
    const auto wire = join(one_.pack(data), one_.pack(text(10)));
    for (const std::size_t split : {1, 2, 6, 7, 8, 100}) {
        bytes got;
        for (std::size_t at = 0; at < wire.size(); at += split) {
            other_.feed(std::span(wire).subspan(at, std::min(split, wire.size() - at)));
            const auto more = drain(other_).value();
            got.insert(got.end(), more.begin(), more.end());
        }
        EXPECT_EQ(got, join(data, text(10))) << split;
    }
}

TEST_P(compressed, more_than_a_frame_can_hold_goes_into_several) {
    const auto data = text((1U << 24U) + 100);
    const auto wire = one_.pack(data);
    EXPECT_EQ(wire[3], 0);
    EXPECT_EQ(unpacked(wire).value(), data);
    EXPECT_EQ(other_.pack(text(1))[3], 2) << "a reply numbers on from the second frame";
}

TEST_P(compressed, replies_number_on_from_what_was_received) {
    const bytes frame{1, 0, 0, 41, 0, 0, 0, 'x'};
    EXPECT_EQ(unpacked(frame).value(), bytes{'x'});
    EXPECT_EQ(other_.pack(text(1))[3], 42);
    EXPECT_EQ(other_.pack(text(1))[3], 43);
    EXPECT_EQ(unpacked({1, 0, 0, 255, 0, 0, 0, 'x'}).value(), bytes{'x'});
    EXPECT_EQ(other_.pack(text(1))[3], 0);
}

TEST_P(compressed, a_piece_has_room_in_front) {
    other_.feed(one_.pack(text(10)));
    const auto piece = other_.next().value();
    std::fill_n(piece.data() - scratch::headroom, scratch::headroom, std::uint8_t{1});  // AddressSanitizer looks on
    EXPECT_EQ(piece.size(), 10U);
}

TEST_P(compressed, sizes_that_do_not_come_true_are_errors) {
    const auto good = one_.pack(text(1'000));
    for (const int claim : {1, 50, 999, 1'001, 0xffffff}) {
        auto wire = good;
        for (unsigned i = 0; i < 3; ++i) wire[4 + i] = static_cast<std::uint8_t>(claim >> (8 * i));
        compressed_frames reader(GetParam(), 0);
        reader.feed(wire);
        EXPECT_EQ(drain(reader).error(), errc::bad_compression) << claim;
    }
    for (const int difference : {-3, -1, 1, 5}) {
        auto wire = join(good, text(10));
        wire[0] = static_cast<std::uint8_t>(wire[0] + difference);
        compressed_frames reader(GetParam(), 0);
        reader.feed(wire);
        EXPECT_EQ(drain(reader).error(), errc::bad_compression) << difference;
    }
}

TEST_P(compressed, an_empty_frame_is_an_error) {
    EXPECT_EQ(unpacked({0, 0, 0, 0, 0, 0, 0}).error(), errc::bad_compression);
}

TEST_P(compressed, damage_is_an_error_or_other_bytes_and_never_more_than_was_claimed) {
    const auto good = one_.pack(text(1'000));
    for (std::size_t at = 7; at < good.size(); ++at) {
        auto wire = good;
        wire[at] ^= 0x55;
        compressed_frames reader(GetParam(), 0);
        reader.feed(wire);
        const auto got = drain(reader);
        EXPECT_TRUE(!got || got->size() <= 1'000) << at;
    }
}

INSTANTIATE_TEST_SUITE_P(with, compressed, testing::Values(compression::zlib, compression::zstd),
                         [](const auto& algorithm) { return algorithm.param == compression::zlib ? "zlib" : "zstd"; });

}  // namespace
}  // namespace portcullis::net
