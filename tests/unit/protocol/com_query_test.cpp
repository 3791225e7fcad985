#include "protocol/com_query.hpp"

#include "every_cut.hpp"
#include "protocol/writer.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

constexpr auto attributes = client_query_attributes;

/// A COM_QUERY with an attribute of each shape that a value can have, and a NULL.
bytes with_attributes(std::string_view statement) {
    writer out;
    out.int1(0x03);
    out.int1(9);     // attributes
    out.int1(1);     // sets
    out.int1(0x02);  // the second is NULL
    out.int1(0x00);
    out.int1(1);  // types follow
    const std::uint8_t types[] = {1, 254, 2, 3, 8, 4, 5, 12, 254};
    for (const auto type : types) {
        out.int2(type);
        out.lenenc_string(as_bytes("name"));
    }
    out.zeros(1);                       // tiny
    out.zeros(2);                       // short
    out.zeros(4);                       // long
    out.zeros(8);                       // longlong
    out.zeros(4);                       // float
    out.zeros(8);                       // double
    out.int1_string(as_bytes("abcd"));  // datetime
    out.lenenc_string(as_bytes("a string"));
    out.raw(as_bytes(statement));
    return out.take();
}

bytes text(std::string_view words) {
    return {words.begin(), words.end()};
}

TEST(com_query, the_statement_follows_the_command_byte) {
    EXPECT_EQ(statement_offset(text("\x03SELECT 1"), 0).value(), 1U);
    EXPECT_EQ(statement_offset(text("\x03"), 0).value(), 1U);
}

TEST(com_query, no_attributes_are_two_bytes) {
    EXPECT_EQ(statement_offset(bytes{3, 0, 1, 'K'}, attributes).value(), 3U);
}

TEST(com_query, attributes_of_every_shape_are_stepped_over) {
    const bytes payload = with_attributes("KILL 5");
    const auto offset = statement_offset(payload, attributes);
    ASSERT_TRUE(offset);
    EXPECT_EQ(as_text(bytes_view(payload).subspan(*offset)), "KILL 5");
}

TEST(com_query, attributes_cut_anywhere_are_refused) {
    const bytes payload = with_attributes("");
    EXPECT_EQ(refused_cuts(payload, [](bytes_view cut) { return statement_offset(cut, attributes); }), payload.size());
}

TEST(com_query, attributes_as_no_server_reads_them_are_refused) {
    EXPECT_EQ(statement_offset(bytes{3, 0, 2, 'K'}, attributes).error(), errc::unexpected_message);
    EXPECT_EQ(statement_offset(bytes{3, 1, 1, 0, 0, 'K'}, attributes).error(), errc::unexpected_message);
    EXPECT_EQ(statement_offset(bytes{3, 0xfd, 0xff, 0xff, 0xff, 1, 'K'}, attributes).error(), errc::bad_length);
}

TEST(com_query, another_command_has_none) {
    EXPECT_EQ(statement_offset(bytes{0x16, 'K'}, 0).error(), errc::unexpected_message);
}

}  // namespace
}  // namespace portcullis::protocol
