#include "protocol/statement_watch.hpp"

#include "stream.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

/// What is found when the stream comes in pieces of this size, each ended as the relay ends it: never in a packet
/// start.
std::vector<statement> in_pieces(statement_watch watch, const bytes& stream, std::size_t size) {
    std::vector<statement> found;
    command_watch relay;
    bytes waiting;
    for (std::size_t at = 0; at < stream.size(); at += size) {
        const auto piece = bytes_view(stream).subspan(at, std::min(size, stream.size() - at));
        waiting.insert(waiting.end(), piece.begin(), piece.end());
        const auto ready = relay.examine(waiting).relay_size;
        for (auto& each : watch.feed(bytes_view(waiting).first(ready))) found.push_back(std::move(each));
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(ready));
    }
    return found;
}

TEST(statement_watch, finds_statements_at_every_split) {
    const bytes stream = join({packet(0, "\x03SELECT 1"), packet(0, "\x0e"), packet(0, "\x16INSERT ?"),
                               packet(0, "\x03"), packet(0, "\x03SELECT 1234")});
    for (std::size_t size = 1; size <= stream.size(); ++size) {
        const auto found = in_pieces(statement_watch(8, 0), stream, size);
        ASSERT_EQ(found.size(), 4U) << size;
        EXPECT_EQ(found[0].text, "SELECT 1");
        EXPECT_FALSE(found[0].cut || found[0].prepared);
        EXPECT_EQ(found[1].text, "INSERT ?");
        EXPECT_TRUE(found[1].prepared);
        EXPECT_EQ(found[2].text, "");
        EXPECT_EQ(found[3].text, "SELECT 1");
        EXPECT_TRUE(found[3].cut);
    }
}

TEST(statement_watch, never_takes_a_continuation_for_a_command) {
    const bytes stream = join({full_packet(0, '\x03'), packet(1, "\x03hidden"), packet(0, "\x03seen")});
    const auto found = in_pieces(statement_watch(4, 0), stream, 1'000'000);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].text, "xxxx");
    EXPECT_TRUE(found[0].cut);
    EXPECT_EQ(found[1].text, "seen");
}

TEST(statement_watch, never_takes_a_file_for_a_command) {
    statement_watch watch(10, 0);
    EXPECT_EQ(watch.feed(packet(0, "\x03LOAD DATA")).size(), 1U);
    EXPECT_TRUE(watch.feed(join({packet(0, "\x03no"), packet(3, "")}), true).empty());
    EXPECT_EQ(watch.feed(packet(0, "\x03SELECT")).size(), 1U);
}

TEST(statement_watch, steps_over_query_attributes) {
    // One attribute: null bitmap, types follow, a string named "n".
    const std::string value(300, 'v');
    const std::string attributes =
        std::string("\x01\x01\x00\x01\xfe\x00\x01n", 8) + std::string("\xfc\x2c\x01", 3) + value;
    const bytes stream =
        join({packet(0, "\x03" + attributes + "SELECT 1"), packet(0, std::string("\x03\0\x01", 3) + "SELECT 22")});
    for (const std::size_t size : {1UL, 7UL, 64UL, 1000UL}) {
        const auto found = in_pieces(statement_watch(8, client_query_attributes), stream, size);
        ASSERT_EQ(found.size(), 2U) << size;
        EXPECT_EQ(found[0].text, "SELECT 1");
        EXPECT_FALSE(found[0].cut);
        EXPECT_EQ(found[1].text, "SELECT 2");
        EXPECT_TRUE(found[1].cut);
    }
}

}  // namespace
}  // namespace portcullis::protocol
