#include "protocol/infile_watch.hpp"

#include "stream.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace portcullis::protocol {
namespace {

using namespace std::string_literals;

const std::string ok = "\0\0\0\x02\0\0\0"s;
const std::string ok_more = "\0\0\0\x0a\0\0\0"s;
const std::string eof = "\xfe\0\0\x02\0"s;
const std::string eof_more = "\xfe\0\0\x0a\0"s;
const std::string eof_cursor = "\xfe\0\0\x42\0"s;
const std::string end_ok = "\xfe\0\0\x02\0\0\0"s;
const std::string end_ok_more = "\xfe\0\0\x0a\0\0\0"s;
const std::string end_ok_cursor = "\xfe\0\0\x42\0\0\0"s;
const std::string err = "\xff\x15\x04#28000no"s;
const std::string progress =
    "\xff\xff\xff\x01\x02\x02\0\0\0\x0f"
    "End bulk insert"s;
const std::string column =
    "\x03"
    "def\0\0\0\x01"
    "1\0\x0c\x3f\0\x01\0\0\0\x03\x81\0\0\0\0"s;
const std::string null_row = "\xfb"s;
const std::string request =
    "\xfb"
    "rows.txt"s;

constexpr capability_flags with_eof = client_protocol_41;
constexpr capability_flags without_eof = client_protocol_41 | client_deprecate_eof;

struct reply {
    std::string name;
    std::uint8_t command;
    capability_flags capabilities;
    std::vector<std::string> messages;
};

const std::vector<reply> replies = {
    {"OK", 0x03, with_eof, {ok}},
    {"ERR", 0x03, with_eof, {err}},
    {"ERR with the least", 0x03, with_eof, {"\xff\x15\x04"s}},
    {"two OK", 0x03, with_eof, {ok_more, ok}},
    {"OK, ERR", 0x03, with_eof, {ok_more, err}},
    {"progress, OK", 0x03, with_eof, {progress, progress, ok}},
    {"OK with large numbers", 0x03, with_eof, {"\0\xfe\1\2\3\4\5\6\7\x08\xfe\1\2\3\4\5\6\7\x08\x0a\0\0\0"s, ok}},
    {"rows", 0x03, with_eof, {"\1", column, eof, null_row, "\xfb\xfb"s, "\0"s, eof}},
    {"no rows", 0x03, with_eof, {"\1", column, eof, eof}},
    {"OUT parameters of MySQL, whose last EOF denies the OK",
     0x17,
     with_eof,
     {"\1", column, eof_more, null_row, eof_more, "\1", column, "\xfe\0\0\x0a\x10"s, null_row, eof, ok}},
    {"OUT parameters and ERR", 0x17, with_eof, {"\1", column, "\xfe\0\0\x0a\x10"s, err}},
    {"rows, DEPRECATE_EOF", 0x03, without_eof, {"\1", column, null_row, "\0"s, end_ok}},
    {"no rows, DEPRECATE_EOF", 0x03, without_eof, {"\1", column, end_ok}},
    {"rows, ERR", 0x03, with_eof, {"\1", column, eof, null_row, err}},
    {"rows, ERR, DEPRECATE_EOF", 0x03, without_eof, {"\1", column, null_row, err}},
    {"columns, ERR", 0x03, with_eof, {"\1", column, err}},
    {"two results", 0x03, with_eof, {"\1", column, eof_more, null_row, eof_more, "\1", column, eof, eof}},
    {"two results, DEPRECATE_EOF", 0x03, without_eof, {"\1", column, null_row, end_ok_more, "\1", column, end_ok}},
    {"more is said of the last only", 0x03, with_eof, {"\1", column, eof_more, null_row, eof}},
    {"600 columns", 0x03, with_eof, {"\xfc\x58\x02", column, eof, null_row, eof}},
    {"execute", 0x17, with_eof, {"\1", column, eof, "\0\0\1"s, eof}},
    {"execute with a cursor", 0x17, with_eof, {"\1", column, eof_cursor}},
    {"execute with a cursor, DEPRECATE_EOF", 0x17, without_eof, {"\1", column, end_ok_cursor}},
    {"fetch", 0x1c, with_eof, {"\0\0\1"s, "\0\4"s, eof}},
    {"fetch nothing", 0x1c, without_eof, {end_ok}},
    {"fetch, ERR", 0x1c, with_eof, {err}},
    {"field list", 0x04, with_eof, {column, column, eof}},
    {"prepare", 0x16, with_eof, {"\0\1\0\0\0\0\0\0\0\0\0\0"s}},
    {"prepare with columns", 0x16, with_eof, {"\0\1\0\0\0\2\0\0\0\0\0\0"s, column, column, eof}},
    {"prepare with parameters", 0x16, with_eof, {"\0\1\0\0\0\0\0\1\0\0\0\0"s, column, eof}},
    {"prepare with both", 0x16, with_eof, {"\0\1\0\0\0\1\0\1\0\0\0\0"s, column, eof, column, eof}},
    {"prepare with both, DEPRECATE_EOF", 0x16, without_eof, {"\0\1\0\0\0\1\0\2\0\0\0\0"s, column, column, column}},
    {"prepare, ERR", 0x16, with_eof, {err}},
    {"statistics", 0x09, with_eof, {"Uptime: 1  Threads: 1"s}},
    {"ping", 0x0e, with_eof, {ok}},
    {"set option", 0x1b, with_eof, {eof}},
    {"processes", 0x0a, with_eof, {"\1", column, eof, null_row, eof}},
    {"binary log", 0x12, with_eof, {"\0event"s, "\0\xef\1event"s, eof}},
    {"binary log, DEPRECATE_EOF", 0x1e, without_eof, {"\0event"s, end_ok}},
    {"binary log, ERR", 0x12, with_eof, {"\0event"s, err}},
    {"an unknown command", 0x77, with_eof, {err}},
};

TEST(infile_watch, knows_when_a_reply_is_over) {
    for (const auto& reply : replies) {
        infile_watch watch(reply.capabilities);
        watch.expect_reply_to(reply.command);
        watch.client_packet(0);
        std::uint8_t id = 1;
        for (const auto& message : reply.messages) {
            EXPECT_FALSE(watch.replied()) << reply.name << " before message " << int{id};
            watch.feed(packet(id++, message));
            EXPECT_FALSE(watch.requested()) << reply.name;
            EXPECT_FALSE(watch.lost()) << reply.name << " at message " << id - 1;
        }
        EXPECT_TRUE(watch.replied()) << reply.name;
    }
}

TEST(infile_watch, knows_it_however_the_reply_is_split) {
    for (const auto& reply : replies) {
        for (std::size_t size = 1; size < 7; ++size) {
            infile_watch watch(reply.capabilities);
            watch.expect_reply_to(reply.command);
            watch.client_packet(0);
            bytes stream;
            std::uint8_t id = 1;
            for (const auto& message : reply.messages) append_packet(stream, id++, as_bytes(message));
            for (std::size_t at = 0; at < stream.size(); at += size) {
                EXPECT_FALSE(watch.replied()) << reply.name;
                watch.feed(bytes_view(stream).subspan(at, std::min(size, stream.size() - at)));
            }
            EXPECT_TRUE(watch.replied()) << reply.name << " by " << size;
        }
    }
}

infile_watch asked(const std::vector<std::string>& messages, capability_flags capabilities = with_eof) {
    infile_watch watch(capabilities);
    watch.expect_reply_to(0x03);
    watch.client_packet(0);
    std::uint8_t id = 1;
    for (const auto& message : messages) watch.feed(packet(id++, message));
    return watch;
}

TEST(infile_watch, sees_a_request_where_a_result_would_begin) {
    EXPECT_TRUE(asked({request}).requested());
    EXPECT_EQ(asked({request}).next_sequence_id(), 2);
    EXPECT_TRUE(asked({ok_more, request}).requested());
    EXPECT_TRUE(asked({progress, request}).requested());
    EXPECT_TRUE(asked({"\1", column, eof_more, null_row, eof_more, request}).requested());
    EXPECT_TRUE(asked({"\1", column, null_row, end_ok_more, request}, without_eof).requested());
}

TEST(infile_watch, sees_no_request_in_a_row_that_begins_with_null) {
    EXPECT_FALSE(asked({"\1", column, eof, null_row}).requested());
    EXPECT_FALSE(asked({"\1", column, eof_more, request}).requested());
    EXPECT_FALSE(asked({"\1", column, eof_more, null_row, request}).requested());
    EXPECT_FALSE(asked({"\1", column, request}, without_eof).requested());
    EXPECT_FALSE(asked({"\1", request}, with_eof).requested());
}

TEST(infile_watch, sees_no_request_in_a_row_whose_sequence_id_is_that_of_a_first_message) {
    infile_watch watch = asked({"\1", column, eof_more});
    for (int id = 4; id < 600; ++id) {
        watch.feed(packet(static_cast<std::uint8_t>(id), request));
        ASSERT_FALSE(watch.requested()) << id;
        ASSERT_FALSE(watch.lost()) << id;
    }
}

TEST(infile_watch, takes_no_row_for_the_end_of_rows) {
    infile_watch watch = asked({"\1", column, eof});
    bytes huge{0xff, 0xff, 0xff, 4, 0xfe};  // a row whose first column has 16 MiB or more
    huge.resize(packet_header_size + max_payload);
    watch.feed(huge);
    watch.feed(packet(5, "rest of the row"));
    watch.feed(packet(6, request));
    EXPECT_FALSE(watch.requested());
    EXPECT_FALSE(watch.replied());
    watch.feed(packet(7, eof));
    EXPECT_TRUE(watch.replied());
}

TEST(infile_watch, goes_on_with_the_reply_behind_the_file) {
    infile_watch watch = asked({request});
    watch.client_packet(2);
    watch.client_packet(3);
    watch.file_ended();
    EXPECT_FALSE(watch.requested());
    EXPECT_FALSE(watch.replied());
    watch.feed(packet(4, ok_more));
    watch.feed(packet(5, request));
    EXPECT_TRUE(watch.requested());
    EXPECT_EQ(watch.next_sequence_id(), 6);
}

TEST(infile_watch, expects_no_reply_to_commands_that_have_none) {
    for (const std::uint8_t silent : {std::uint8_t{0x01}, std::uint8_t{0x18}, std::uint8_t{0x19}}) {
        infile_watch watch(with_eof);
        watch.expect_reply_to(silent);
        EXPECT_TRUE(watch.replied()) << int{silent};
    }
}

TEST(infile_watch, is_not_replied_to_before_the_last_byte) {
    infile_watch watch = asked({});
    const bytes last = packet(1, ok + "a long text behind the status flags");
    watch.feed(bytes_view(last).first(last.size() - 1));
    EXPECT_FALSE(watch.replied());
    watch.feed(bytes_view(last).last(1));
    EXPECT_TRUE(watch.replied());
    watch.feed(bytes_view(last).first(2));
    EXPECT_FALSE(watch.replied());
}

TEST(infile_watch, is_lost_when_a_reply_is_none_of_the_protocol) {
    infile_watch wrong_id = asked({});
    wrong_id.feed(packet(2, ok));
    EXPECT_TRUE(wrong_id.lost());
    EXPECT_FALSE(wrong_id.replied());
    EXPECT_TRUE(asked({""}).lost());
    EXPECT_TRUE(asked({"\0\0\0"s}).lost());
    EXPECT_TRUE(asked({"\xfe\0\0\0"s}).lost());
    EXPECT_TRUE(asked({request, ok}).lost()) << "an answer before the end of the file";
}

TEST(infile_watch, stays_lost) {
    infile_watch watch = asked({""});
    watch.feed(packet(1, ok));
    watch.feed(packet(1, request));
    EXPECT_TRUE(watch.lost());
    EXPECT_FALSE(watch.requested());
    EXPECT_FALSE(watch.replied());
}

TEST(infile_watch, ignores_what_nobody_asked_for) {
    infile_watch watch(with_eof);
    watch.feed(packet(0, "\xff\x87\x07#70100Connection was killed"));
    EXPECT_TRUE(watch.replied());
    watch.feed(packet(1, request));
    EXPECT_FALSE(watch.requested());
}

}  // namespace
}  // namespace portcullis::protocol
