#include "protocol/reader.hpp"

#include "protocol/writer.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

TEST(reader, reads_integers_with_the_low_byte_first) {
    const bytes wire{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07};
    reader in(wire);
    EXPECT_EQ(in.int1(), 0x01);
    EXPECT_EQ(in.int2(), 0x0302);
    EXPECT_EQ(in.int4(), 0x07060504U);
    EXPECT_TRUE(in.at_end());
    EXPECT_FALSE(in.error());
}

TEST(reader, reads_nothing_more_after_a_failure_and_keeps_the_first) {
    const bytes wire{'a', 'b', 'c'};
    reader in(wire);
    EXPECT_TRUE(in.nul_string().empty());
    EXPECT_EQ(in.int1(), 0);
    EXPECT_TRUE(in.rest().empty());
    EXPECT_TRUE(in.lenenc_string().empty());
    EXPECT_EQ(in.error(), errc::missing_terminator);
}

TEST(reader, length_encoded_integers_have_four_sizes) {
    for (const std::uint64_t value : {0ULL, 250ULL, 251ULL, 255ULL, 0xffffULL, 0x10000ULL, 0xffffffULL, 0x1000000ULL}) {
        writer out;
        out.lenenc_string(bytes(static_cast<std::size_t>(value), 'x'));
        const bytes wire = out.take();
        reader in(wire);
        EXPECT_EQ(in.lenenc_int(), value);
        EXPECT_EQ(in.left(), value);
    }
}

TEST(reader, length_encoded_integers_that_are_null_err_or_cut_are_bad_lengths) {
    for (const bytes& wire :
         {bytes{0xfb}, bytes{0xff}, bytes{0xfc, 1}, bytes{0xfd, 1, 2}, bytes{0xfe, 1, 2, 3, 4, 5, 6, 7}}) {
        reader in(wire);
        EXPECT_EQ(in.lenenc_int(), 0U);
        EXPECT_EQ(in.error(), errc::bad_length);
    }
    reader empty({});
    EXPECT_EQ(empty.lenenc_int(), 0U);
    EXPECT_EQ(empty.error(), errc::truncated);
}

TEST(reader, a_length_of_64_bits_does_not_wrap) {
    const bytes wire{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'x'};
    reader in(wire);
    EXPECT_TRUE(in.lenenc_string().empty());
    EXPECT_EQ(in.error(), errc::bad_length);
}

TEST(reader, a_string_may_be_empty) {
    const bytes wire{0, 0, 0};
    reader in(wire);
    EXPECT_TRUE(in.nul_string().empty());
    EXPECT_TRUE(in.int1_string().empty());
    EXPECT_TRUE(in.lenenc_string().empty());
    EXPECT_TRUE(in.nul_string_or_rest().empty());
    EXPECT_FALSE(in.error());
}

TEST(writer, writes_at_most_255_bytes_behind_a_length_byte) {
    writer out;
    out.int1_string(bytes(300, 'x'));
    const bytes wire = out.take();
    EXPECT_EQ(wire.size(), 256U);
    EXPECT_EQ(wire.front(), 255);
}

}  // namespace
}  // namespace portcullis::protocol
