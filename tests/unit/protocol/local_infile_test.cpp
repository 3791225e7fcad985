// Both watches together, as a session with LOCAL_FILES uses them: real conversations, and attempts to hide a command.
#include "captures/conversations.hpp"
#include "captures/hex.hpp"
#include "model_server.hpp"
#include "stream.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace portcullis::protocol {
namespace {

using captures::from_hex;
using action = watch_verdict::action;
using namespace std::string_literals;

const std::string load = "\x03load data local infile 'rows.txt' into table t";
const std::string select = "\x03select null";
const std::string ok = "\0\0\0\x02\0\0\0"s;
const std::string ok_more = "\0\0\0\x0a\0\0\0"s;
const std::string eof = "\xfe\0\0\x02\0"s;
const std::string eof_more = "\xfe\0\0\x0a\0"s;
const std::string column =
    "\x03"
    "def and so on";
const std::string request =
    "\xfb"
    "rows.txt";
// What a server that has lost its place would take for packets of their own.
const std::string smuggled = "\0\0\0\0\x0a\0\0\0\x11user\0\0db\0"s;

relay_with_files waiting_for_a_file() {
    relay_with_files relay;
    relay.client(packet(0, load));
    relay.aggregator(packet(1, request));
    return relay;
}

template <std::size_t size>
void replay(const std::array<captures::turn, size>& turns, capability_flags capabilities, std::size_t step) {
    relay_with_files relay(capabilities);
    std::size_t sent = 0;
    for (const auto& turn : turns) {
        const bytes stream = from_hex(turn.bytes);
        for (std::size_t at = 0; at < stream.size(); at += step) {
            const auto chunk = bytes_view(stream).subspan(at, std::min(step, stream.size() - at));
            turn.side == 'c' ? relay.client(chunk) : relay.aggregator(chunk);
            ASSERT_EQ(relay.what, action::relay) << "a client that waits for replies is never held";
        }
        if (turn.side == 'c') sent += stream.size();
        ASSERT_EQ(relay.relayed.size(), sent);
    }
    EXPECT_TRUE(relay.quit);
}

TEST(local_infile, real_conversations_pass_split_anyhow) {
    for (const std::size_t step : {1U, 2U, 3U, 5U, 16384U}) {
        replay(captures::mariadb_three_files_in_one_query, captures::mariadb_three_files_in_one_query_capabilities,
               step);
        replay(captures::mariadb_prepared_load_data, captures::mariadb_prepared_load_data_capabilities, step);
        replay(captures::mysql_lts_three_files_in_one_query, captures::mysql_lts_three_files_in_one_query_capabilities,
               step);
    }
}

TEST(local_infile, nothing_inside_a_file_is_a_command) {
    auto relay = waiting_for_a_file();
    const bytes file = join({packet(2, "\x11user"), packet(3, "\x01"), packet(4, smuggled), packet(5, "")});
    relay.client(file);
    EXPECT_EQ(relay.what, action::relay);
    EXPECT_TRUE(relay.waiting.empty());
    EXPECT_FALSE(relay.quit);
}

TEST(local_infile, an_empty_file_is_an_empty_packet) {
    auto relay = waiting_for_a_file();
    relay.client(packet(2, ""));
    relay.aggregator(packet(3, ok));
    relay.client(packet(0, select));
    EXPECT_EQ(relay.what, action::relay);
    EXPECT_TRUE(relay.waiting.empty());
}

TEST(local_infile, a_file_numbers_on_beyond_255) {
    auto relay = waiting_for_a_file();
    for (int id = 2; id < 700; ++id) relay.client(packet(static_cast<std::uint8_t>(id), "\x11user"));
    EXPECT_EQ(relay.what, action::relay);
    relay.client(packet(static_cast<std::uint8_t>(700), ""));
    relay.aggregator(packet(static_cast<std::uint8_t>(701), ok));
    relay.client(packet(0, "\x11user"));
    EXPECT_EQ(relay.what, action::change_user);
}

TEST(local_infile, an_empty_continuation_does_not_end_a_file) {
    auto relay = waiting_for_a_file();
    relay.client(join({full_packet(2, '\x11'), packet(3, ""), packet(4, "\x11user")}));
    EXPECT_EQ(relay.what, action::relay);
    EXPECT_TRUE(relay.replies.requested());
    relay.client(packet(5, ""));
    EXPECT_FALSE(relay.replies.requested());
    EXPECT_EQ(relay.what, action::relay);
}

TEST(local_infile, the_next_command_is_held_until_the_file_is_answered) {
    auto relay = waiting_for_a_file();
    relay.client(join({packet(2, "1\n"), packet(3, ""), packet(0, "\x11user")}));
    EXPECT_EQ(relay.what, action::hold);
    relay.aggregator(packet(4, ok));
    EXPECT_EQ(relay.what, action::change_user);
}

TEST(local_infile, a_file_that_begins_with_another_sequence_id_is_refused) {
    for (int id = 0; id < 256; ++id) {
        if (id == 2) continue;
        auto relay = waiting_for_a_file();
        relay.client(packet(static_cast<std::uint8_t>(id), smuggled));
        EXPECT_EQ(relay.what, action::refuse) << id;
        EXPECT_EQ(relay.relayed, packet(0, load)) << id;
    }
}

TEST(local_infile, a_gap_in_a_file_is_refused) {
    for (int id = 0; id < 256; ++id) {
        if (id == 3) continue;
        auto relay = waiting_for_a_file();
        relay.client(join({packet(2, "1\n"), packet(static_cast<std::uint8_t>(id), smuggled)}));
        EXPECT_EQ(relay.what, action::refuse) << id;
        EXPECT_EQ(relay.waiting, packet(static_cast<std::uint8_t>(id), smuggled));
    }
}

TEST(local_infile, a_continuation_out_of_order_in_a_file_is_refused) {
    auto relay = waiting_for_a_file();
    relay.client(join({full_packet(2, 'x'), packet(4, smuggled)}));
    EXPECT_EQ(relay.what, action::refuse);
    EXPECT_EQ(relay.waiting, packet(4, smuggled));
}

TEST(local_infile, a_command_behind_load_data_does_not_reach_a_server_that_will_wait_for_a_file) {
    relay_with_files relay;
    relay.client(join({packet(0, load), packet(0, "\x03" + smuggled)}));
    EXPECT_EQ(relay.what, action::hold);
    EXPECT_EQ(relay.relayed, packet(0, load));
    relay.aggregator(packet(1, request));
    EXPECT_EQ(relay.what, action::refuse);
    EXPECT_EQ(relay.relayed, packet(0, load));
}

TEST(local_infile, file_data_before_the_request_is_refused) {
    relay_with_files relay;
    relay.client(join({packet(0, load), packet(2, smuggled)}));
    EXPECT_EQ(relay.what, action::refuse);
    EXPECT_EQ(relay.relayed, packet(0, load));
}

TEST(local_infile, a_row_that_looks_like_a_request_lets_no_file_in) {
    relay_with_files relay;
    relay.client(packet(0, select));
    relay.aggregator(join({packet(1, "\1"), packet(2, column), packet(3, eof_more), packet(4, request)}));
    relay.client(packet(5, smuggled));
    EXPECT_EQ(relay.what, action::refuse);
    EXPECT_EQ(relay.relayed, packet(0, select));
}

TEST(local_infile, one_request_lets_one_file_in) {
    auto relay = waiting_for_a_file();
    relay.client(join({packet(2, "1\n"), packet(3, ""), packet(4, smuggled)}));
    EXPECT_EQ(relay.what, action::refuse);
    EXPECT_EQ(relay.waiting, packet(4, smuggled));
}

TEST(local_infile, a_request_of_an_earlier_command_is_not_answered_behind_another) {
    auto relay = waiting_for_a_file();
    relay.client(packet(0, select));
    EXPECT_EQ(relay.what, action::refuse);
}

TEST(local_infile, a_server_that_speaks_before_the_end_of_a_file_ends_the_session) {
    auto relay = waiting_for_a_file();
    relay.client(packet(2, "1\n"));
    relay.aggregator(packet(3, "\xff\x84\x04#08S01Got packets out of order"));
    relay.client(packet(3, smuggled));
    EXPECT_EQ(relay.what, action::refuse);
    EXPECT_EQ(relay.waiting, packet(3, smuggled));
}

TEST(local_infile, pipelined_commands_go_one_at_a_time_and_all_pass) {
    relay_with_files relay;
    const bytes commands = join({packet(0, "\x0e"), packet(0, "\x19\1\0\0\0"s), packet(0, select), packet(0, "\x0e")});
    relay.client(commands);
    EXPECT_EQ(relay.what, action::hold);
    EXPECT_EQ(relay.relayed, packet(0, "\x0e"));
    relay.aggregator(packet(1, ok));
    EXPECT_EQ(relay.what, action::hold);
    EXPECT_EQ(relay.waiting, packet(0, "\x0e"));
    relay.aggregator(join({packet(1, "\1"), packet(2, column), packet(3, eof), packet(4, "\xfb")}));
    EXPECT_EQ(relay.waiting, packet(0, "\x0e"));
    relay.aggregator(packet(5, eof));
    EXPECT_EQ(relay.what, action::relay);
    EXPECT_EQ(relay.relayed, commands);
}

TEST(local_infile, a_reply_to_a_long_command_numbers_on_from_its_last_packet) {
    relay_with_files relay;
    relay.client(join({full_packet(0, '\x03'), packet(1, "'")}));
    relay.aggregator(packet(2, ok));
    EXPECT_TRUE(relay.replies.replied());
}

TEST(local_infile, no_command_follows_a_reply_that_was_not_understood) {
    relay_with_files relay;
    relay.client(packet(0, select));
    relay.aggregator(packet(7, ok));
    relay.client(packet(0, select));
    EXPECT_EQ(relay.what, action::refuse);
}

TEST(local_infile, packets_out_of_compressed_frames_are_numbered) {
    relay_with_files relay(client_protocol_41, true);
    relay.client(packet(7, load));
    relay.aggregator(packet(1, request));
    relay.client(join({full_packet(0, 'f'), packet(0, "f"), packet(0, ""), packet(0, select)}));
    EXPECT_EQ(relay.what, action::hold);
    relay.aggregator(packet(5, ok));
    EXPECT_EQ(relay.relayed,
              join({packet(0, load), full_packet(2, 'f'), packet(3, "f"), packet(4, ""), packet(0, select)}));
}

TEST(local_infile, acknowledgements_pass_between_events_and_nothing_else_does) {
    relay_with_files relay;
    const bytes dump = packet(0, "\x12");
    const bytes acknowledgement = packet(0, "\xef");
    relay.client(join({dump, acknowledgement}));
    relay.aggregator(join({packet(1, "\0event"s), packet(77, "\0event"s), packet(5, "\0event"s)}));
    relay.client(join({acknowledgement, acknowledgement}));
    EXPECT_EQ(relay.relayed, join({dump, acknowledgement, acknowledgement, acknowledgement}));
    relay.client(packet(0, select));
    EXPECT_EQ(relay.what, action::hold);
    relay.aggregator(packet(6, eof));
    EXPECT_EQ(relay.what, action::refuse) << "the aggregator may have taken an acknowledgement for a command";
}

TEST(local_infile, a_session_goes_on_behind_a_dump_that_nothing_interrupted) {
    for (const auto& end : {eof, "\xff\xcb\x04#42000no"s}) {
        relay_with_files relay;
        relay.client(packet(0, "\x1e"));
        relay.aggregator(join({packet(9, "\0event"s), packet(3, end)}));
        relay.client(packet(0, load));
        relay.aggregator(packet(1, request));
        EXPECT_TRUE(relay.replies.requested());
    }
}

TEST(local_infile, an_acknowledgement_of_nothing_is_a_command) {
    relay_with_files relay;
    relay.client(join({packet(0, select), packet(0, "\xef")}));
    EXPECT_EQ(relay.what, action::hold);
}

TEST(local_infile, commands_are_watched_as_ever) {
    relay_with_files relay;
    relay.client(packet(0, ""));
    relay.aggregator(packet(1, "\xff\x17\x04#08S01Unknown command"));
    relay.client(packet(0, "\x11user"));
    EXPECT_EQ(relay.what, action::change_user);
    relay_with_files other;
    other.client(packet(1, select));
    EXPECT_EQ(other.what, action::refuse);
}

// A conversation of random commands and files, right or wrong in one place, must end alike however it is split.
TEST(local_infile, ends_the_same_however_both_sides_are_split) {
    std::mt19937 random(4);
    for (int round = 0; round < 3000; ++round) {
        std::vector<std::pair<char, bytes>> turns;
        for (auto statements = 1 + random() % 4; statements > 0; --statements) {
            const bool pipelined = random() % 6 == 0;
            bytes commands = packet(0, random() % 2 ? load : select);
            if (pipelined) commands = join({commands, packet(0, "\x0e")});
            turns.emplace_back('c', commands);
            if (commands[5] == 'l') {
                turns.emplace_back('s', packet(1, request));
                auto id = static_cast<std::uint8_t>(random() % 12 == 0 ? random() : 2);
                bytes file;
                for (auto packets = random() % 4; packets > 0; --packets) append_packet(file, id++, as_bytes(smuggled));
                append_packet(file, id++, {});
                turns.emplace_back('c', file);
                turns.emplace_back('s', packet(id, ok));
            } else {
                turns.emplace_back('s', join({packet(1, "\1"), packet(2, column), packet(3, eof), packet(4, request),
                                              packet(5, eof)}));
            }
            if (pipelined) turns.emplace_back('s', packet(1, ok));
        }
        relay_with_files whole, split;
        for (const auto& [side, stream] : turns) {
            side == 'c' ? whole.client(stream) : whole.aggregator(stream);
            for (std::size_t at = 0; at < stream.size();) {
                const std::size_t size = std::min<std::size_t>(1 + random() % 20, stream.size() - at);
                const auto chunk = bytes_view(stream).subspan(at, size);
                side == 'c' ? split.client(chunk) : split.aggregator(chunk);
                at += size;
            }
            ASSERT_EQ(whole.what, split.what) << "round " << round;
            ASSERT_EQ(whole.relayed, split.relayed) << "round " << round;
        }
    }
}

// Clients that guess at sequence ids, pipeline and hide commands in payloads, against a server that keeps count.
TEST(local_infile, no_client_makes_the_server_lose_its_place) {
    int files = 0;
    for (unsigned seed = 0; seed < 8000; ++seed) {
        std::mt19937 random(seed);
        const capability_flags negotiated = client_protocol_41 | (seed % 2 ? client_deprecate_eof : 0);
        relay_with_files relay(negotiated, seed % 3 == 0);
        model_server server(negotiated, [&] { return static_cast<std::uint8_t>(random() >> 8); });
        std::size_t delivered = 0;
        for (int turn = 0; turn < 40 && relay.what != action::refuse && relay.what != action::change_user; ++turn) {
            const auto right = relay.replies.requested() ? relay.replies.next_sequence_id() : std::uint8_t{0};
            const auto id = random() % 8 == 0 ? static_cast<std::uint8_t>(random() % 5) : right;
            const std::string_view payloads[] = {load,   smuggled, "",     "\x16", "\x19", "\x17",
                                                 "\x0e", "\x1c",   "\x12", "\xef", "\x01"};
            if (random() % 2) relay.client(packet(id, payloads[random() % std::size(payloads)]));
            server.receive(bytes_view(relay.relayed).subspan(delivered));
            delivered = relay.relayed.size();
            const std::size_t heard = random() % 3 ? server.out.size() : random() % (server.out.size() + 1);
            relay.aggregator(bytes_view(server.out).first(heard));
            server.out.erase(server.out.begin(), server.out.begin() + static_cast<std::ptrdiff_t>(heard));
            ASSERT_FALSE(server.confused) << "seed " << seed;
            ASSERT_FALSE(server.changed_user) << "seed " << seed;
            ASSERT_TRUE(server.dumped || !relay.replies.lost()) << "seed " << seed;
        }
        files += server.files;
    }
    EXPECT_GT(files, 500) << "hardly a file was read: the test tests nothing";
}

TEST(stop_at_quit, is_a_whole_quit_that_finds_no_reply_under_way) {
    const bytes stream = join({packet(0, select), packet(0, "\x01")});
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        relay_with_files relay(client_deprecate_eof);
        relay.watch.stop_at_quit(true);
        relay.client(bytes_view(stream).first(cut));
        relay.client(bytes_view(stream).subspan(cut));
        ASSERT_EQ(relay.what, action::hold) << cut;
        relay.aggregator(packet(1, ok_more));
        ASSERT_EQ(relay.what, action::hold) << cut;
        relay.aggregator(packet(2, ok));
        EXPECT_EQ(relay.what, action::quit) << cut;
        EXPECT_EQ(relay.relayed, packet(0, select)) << cut;
        EXPECT_EQ(relay.waiting, packet(0, "\x01")) << cut;
        EXPECT_FALSE(relay.quit) << "it was not passed on";
    }
}

TEST(stop_at_quit, is_asked_for) {
    relay_with_files relay;
    relay.client(packet(0, "\x01"));
    EXPECT_EQ(relay.what, action::relay);
    EXPECT_TRUE(relay.quit);
}

TEST(stop_at_quit, can_be_taken_back_to_pass_the_quit_on) {
    relay_with_files relay;
    relay.watch.stop_at_quit(true);
    const bytes stream = join({packet(0, "\x01"), packet(0, "\x0e")});
    const auto verdict = relay.watch.examine(stream);
    ASSERT_EQ(verdict.what, action::quit);
    ASSERT_EQ(verdict.relay_size, 0U);
    relay.watch.stop_at_quit(false);
    relay.client(stream);
    EXPECT_TRUE(relay.quit);
    EXPECT_EQ(relay.relayed, stream);
}

TEST(stop_at_quit, is_not_a_longer_command_nor_one_out_of_order_nor_data) {
    for (const auto& [sent, expected] :
         {std::pair{packet(0, "\x01\x01"), action::relay}, std::pair{packet(1, "\x01"), action::refuse},
          std::pair{full_packet(0, '\x01'), action::relay}}) {
        relay_with_files relay;
        relay.watch.stop_at_quit(true);
        relay.client(sent);
        EXPECT_EQ(relay.what, expected);
    }
    auto relay = waiting_for_a_file();
    relay.watch.stop_at_quit(true);
    relay.client(join({packet(2, "\x01"), packet(3, "")}));
    EXPECT_EQ(relay.what, action::relay);
}

TEST(forget_replies, lets_everything_pass_behind_a_reply_that_nobody_understands) {
    relay_with_files relay;
    relay.watch.stop_at_quit(true);
    relay.client(packet(0, select));
    relay.aggregator(packet(7, "out of order"));
    ASSERT_TRUE(relay.replies.lost());
    relay.watch.forget_replies();
    const bytes stream = join({packet(0, select), packet(0, select), packet(0, "\x01")});
    relay.client(stream);
    EXPECT_EQ(relay.what, action::relay);
    EXPECT_EQ(relay.relayed, join({packet(0, select), stream}));
    EXPECT_TRUE(relay.quit);
}

}  // namespace
}  // namespace portcullis::protocol
