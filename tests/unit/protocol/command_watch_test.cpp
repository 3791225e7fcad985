#include "protocol/command_watch.hpp"

#include "stream.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <tuple>

namespace portcullis::protocol {
namespace {

using action = watch_verdict::action;

const std::string query = "\x03select 1";
const std::string kill_query = "\x03KILL QUERY 1082130433";
const std::string process_kill("\x0c\x01\x00\x80\x40", 5);
const std::string change_user_payload("\x11user\0\0db\0", 10);

watch_verdict examined(const bytes& chunk) {
    command_watch watch;
    return watch.examine(chunk);
}

TEST(command_watch, relays_commands_whole) {
    const bytes chunk = join({packet(0, query), packet(0, "\x0e"), packet(0, query)});
    const auto verdict = examined(chunk);
    EXPECT_EQ(verdict.what, action::relay);
    EXPECT_EQ(verdict.relay_size, chunk.size());
    EXPECT_FALSE(verdict.quit);
}

TEST(command_watch, finds_a_change_of_user_behind_pipelined_commands) {
    const bytes before = join({packet(0, query), packet(0, "\x0e")});
    const auto verdict = examined(join({before, packet(0, change_user_payload), packet(0, query)}));
    EXPECT_EQ(verdict.what, action::change_user);
    EXPECT_EQ(verdict.relay_size, before.size());
}

TEST(command_watch, finds_a_change_of_user_split_at_every_byte) {
    const bytes before = packet(0, query);
    const bytes stream = join({before, packet(0, change_user_payload)});
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        command_watch watch;
        bytes chunk(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(cut));
        const auto first = watch.examine(chunk);
        std::size_t relayed = first.relay_size;
        if (first.what == action::relay) {
            EXPECT_LE(cut - relayed, command_watch::max_kept) << "kept more than it may";
            const bytes rest(stream.begin() + static_cast<std::ptrdiff_t>(relayed), stream.end());
            const auto second = watch.examine(rest);
            EXPECT_EQ(second.what, action::change_user) << cut;
            relayed += second.relay_size;
        }
        EXPECT_EQ(relayed, before.size()) << cut;
    }
}

TEST(command_watch, finds_a_change_of_user_that_is_too_long_for_one_packet) {
    const auto verdict = examined(join({full_packet(0, '\x11'), packet(1, "")}));
    EXPECT_EQ(verdict.what, action::change_user);
    EXPECT_EQ(verdict.relay_size, 0U);
}

TEST(command_watch, begins_anew_behind_a_change_of_user) {
    command_watch watch;
    ASSERT_EQ(watch.examine(packet(0, change_user_payload)).what, action::change_user);
    EXPECT_EQ(watch.examine(packet(0, query)).what, action::relay);
    EXPECT_EQ(watch.examine(packet(0, change_user_payload)).what, action::change_user);
}

TEST(command_watch, refuses_a_command_with_another_sequence_id) {
    for (const int id : {1, 2, 128, 255}) {
        const auto verdict =
            examined(join({packet(0, query), packet(static_cast<std::uint8_t>(id), change_user_payload)}));
        EXPECT_EQ(verdict.what, action::refuse) << id;
        EXPECT_EQ(verdict.relay_size, packet(0, query).size());
    }
}

TEST(command_watch, refuses_an_empty_packet_that_would_end_a_file) {
    EXPECT_EQ(examined(packet(2, "")).what, action::refuse);
}

TEST(command_watch, takes_an_empty_packet_for_a_command) {
    const auto verdict = examined(join({packet(0, ""), packet(0, change_user_payload)}));
    EXPECT_EQ(verdict.what, action::change_user);
    EXPECT_EQ(verdict.relay_size, packet_header_size);
}

TEST(command_watch, never_takes_a_continuation_for_a_command) {
    const bytes chunk = join({full_packet(0, '\x03'), full_packet(1, '\x11'), packet(2, change_user_payload)});
    const auto verdict = examined(chunk);
    EXPECT_EQ(verdict.what, action::relay);
    EXPECT_EQ(verdict.relay_size, chunk.size());
}

TEST(command_watch, finds_the_command_behind_an_empty_continuation) {
    const bytes before = join({full_packet(0, '\x03'), packet(1, "")});
    const auto verdict = examined(join({before, packet(0, change_user_payload)}));
    EXPECT_EQ(verdict.what, action::change_user);
    EXPECT_EQ(verdict.relay_size, before.size());
}

TEST(command_watch, refuses_a_continuation_that_does_not_number_on) {
    for (const int id : {0, 2, 255})
        EXPECT_EQ(examined(join({full_packet(0, '\x03'), packet(static_cast<std::uint8_t>(id), "x")})).what,
                  action::refuse);
}

TEST(command_watch, numbers_what_came_out_of_compressed_frames) {
    bytes stream = join({full_packet(9, '\x03'), packet(0, "continued"), packet(4, query)});
    command_watch watch;
    EXPECT_EQ(watch.examine_and_number(stream).what, action::relay);
    EXPECT_EQ(stream, join({full_packet(0, '\x03'), packet(1, "continued"), packet(0, query)}));
    bytes hidden = packet(3, change_user_payload);
    EXPECT_EQ(watch.examine_and_number(hidden).what, action::change_user);
}

TEST(command_watch, continuations_number_on_beyond_255) {
    command_watch watch;
    bytes chunk = full_packet(0, '\x03');
    for (int id = 0; id < 300; ++id) {
        chunk[3] = static_cast<std::uint8_t>(id);
        ASSERT_EQ(watch.examine(chunk).what, action::relay) << id;
    }
}

TEST(command_watch, sees_a_quit_of_any_length) {
    EXPECT_TRUE(examined(packet(0, "\x01")).quit);
    EXPECT_TRUE(examined(packet(0, "\x01 and more")).quit);
    EXPECT_TRUE(examined(join({packet(0, query), packet(0, "\x01")})).quit);
}

TEST(command_watch, sees_no_quit_inside_a_payload) {
    EXPECT_FALSE(examined(packet(0, "\x03\x01")).quit);
    EXPECT_FALSE(examined(join({full_packet(0, '\x03'), packet(1, "\x01")})).quit);
    EXPECT_FALSE(examined(packet(1, "\x01")).quit);
}

TEST(command_watch, finds_a_kill_behind_pipelined_commands) {
    const bytes before = join({packet(0, query), packet(0, "\x0e")});
    for (const auto& kill : {kill_query, process_kill}) {
        command_watch watch;
        const bytes behind = packet(0, change_user_payload);
        const bytes stream = join({before, packet(0, kill), behind});
        const auto verdict = watch.examine(stream);
        EXPECT_EQ(verdict.what, action::kill);
        EXPECT_EQ(verdict.relay_size, before.size());
        EXPECT_EQ(verdict.kill_size, packet_header_size + kill.size());
        EXPECT_EQ(verdict.kill.id, 1082130433U);
        EXPECT_EQ(watch.examine(behind).what, action::change_user) << "begins anew behind the kill";
    }
}

TEST(command_watch, finds_a_kill_split_at_every_byte) {
    for (const auto& kill : {kill_query, process_kill}) {
        const bytes stream = packet(0, kill);
        for (std::size_t cut = 0; cut < stream.size(); ++cut) {
            command_watch watch;
            const auto first = watch.examine(bytes_view(stream).first(cut));
            EXPECT_EQ(first.what, action::relay) << cut;
            EXPECT_EQ(first.relay_size, 0U) << cut;
            EXPECT_EQ(watch.examine(stream).what, action::kill) << cut;
        }
    }
}

TEST(command_watch, a_kill_of_an_aggregators_id_passes) {
    for (const char* id : {"1", "1073741823", "2147483648", "18446744073709551615"})
        EXPECT_EQ(examined(packet(0, std::string("\x03KILL ") + id)).what, action::relay) << id;
    for (const char* id : {"1073741824", "2147483647"})
        EXPECT_EQ(examined(packet(0, std::string("\x03KILL ") + id)).what, action::kill) << id;
    EXPECT_EQ(examined(packet(0, std::string("\x0c\x01\x00\x00\x00", 5))).what, action::relay);
}

TEST(command_watch, only_a_short_kill_is_looked_for) {
    const std::string longest = kill_query + std::string(max_kill_payload - kill_query.size(), ' ');
    EXPECT_EQ(examined(packet(0, longest)).what, action::kill);
    EXPECT_EQ(examined(packet(0, longest + ' ')).what, action::relay);
    const bytes cut = packet(0, longest);
    EXPECT_EQ(examined(bytes(cut.begin(), cut.end() - 1)).relay_size, 0U);
}

TEST(command_watch, a_kill_is_none_in_another_command_or_out_of_order) {
    EXPECT_EQ(examined(packet(0, "\x16KILL 1082130433")).what, action::relay);
    EXPECT_EQ(examined(packet(1, kill_query)).what, action::refuse);
    EXPECT_EQ(examined(join({full_packet(0, '\x03'), packet(1, kill_query)})).what, action::relay);
}

TEST(command_watch, finds_a_kill_behind_query_attributes) {
    const bytes stream = packet(0, std::string("\x03\x00\x01KILL 1082130433", 18));
    EXPECT_EQ(command_watch(nullptr, client_query_attributes).examine(stream).what, action::kill);
    EXPECT_EQ(command_watch().examine(stream).what, action::relay);
}

// The same, told as simply as possible over the whole stream at once.
std::tuple<action, std::size_t, bool> naive(const bytes& stream) {
    std::size_t at = 0;
    bool continued = false, quit = false;
    std::uint8_t expected = 0;
    while (stream.size() - at >= 4) {
        const std::size_t length = stream[at] + stream[at + 1] * 256U + stream[at + 2] * 65536U;
        const std::uint8_t id = stream[at + 3];
        if (!continued && length > 0 && stream.size() - at == 4) break;
        const int first = continued || length == 0 ? -1 : stream[at + 4];
        if (id != (continued ? expected : 0)) return {action::refuse, at, quit};
        if (first == 0x11) return {action::change_user, at, quit};
        const bool whole = stream.size() - at - 4 >= length;
        if ((first == 0x03 || first == 0x0c) && length <= max_kill_payload) {
            const bytes_view behind = bytes_view(stream).subspan(at + 4);
            const bytes_view payload = behind.first(std::min(length, behind.size()));
            const auto kill = !may_be_kill(payload, 0)
                                  ? result<kill_statement>(errc::unexpected_message)
                                  : parse_kill(payload, 0, whole ? payload_part::whole : payload_part::beginning);
            if (!whole && kill.error() == errc::truncated) return {action::relay, at, quit};
            if (whole && kill && kill->id >= 1U << 30U) return {action::kill, at, quit};
        }
        quit = quit || first == 0x01;
        continued = length == 0xffffff;
        expected = static_cast<std::uint8_t>(id + 1);
        if (!whole) return {action::relay, stream.size(), quit};
        at += 4 + length;
    }
    return {action::relay, at, quit};
}

bytes random_stream(std::mt19937& random) {
    bytes stream;
    for (auto packets = random() % 12; packets > 0; --packets) {
        const std::uint8_t id = random() % 20 == 0 ? static_cast<std::uint8_t>(random()) : 0;
        bytes payload(random() % 4 == 0 ? random() % 3 : random() % 40);
        for (auto& byte : payload) byte = static_cast<std::uint8_t>(random() % 0x14);
        if (!payload.empty() && payload[0] == 0x11 && random() % 2) payload[0] = 0x03;
        if (random() % 8 == 0) payload.assign(kill_query.begin(), kill_query.end());
        if (random() % 16 == 0) payload.assign(process_kill.begin(), process_kill.end());
        append_packet(stream, id, payload);
    }
    if (random() % 3 == 0 && !stream.empty()) stream.resize(stream.size() - random() % stream.size());
    return stream;
}

TEST(command_watch, says_the_same_however_the_stream_is_split) {
    std::mt19937 random(3);
    for (int round = 0; round < 20000; ++round) {
        const bytes stream = random_stream(random);
        const auto expected = naive(stream);
        command_watch watch;
        std::size_t relayed = 0, received = 0;
        watch_verdict verdict;
        bool quit = false;
        while (received < stream.size() && verdict.what == action::relay) {
            received = std::min(stream.size(), received + 1 + random() % 9);
            const bytes chunk(stream.begin() + static_cast<std::ptrdiff_t>(relayed),
                              stream.begin() + static_cast<std::ptrdiff_t>(received));
            verdict = watch.examine(chunk);
            relayed += verdict.relay_size;
            quit = quit || verdict.quit;
        }
        ASSERT_EQ(std::make_tuple(verdict.what, relayed, quit), expected) << "round " << round;
    }
}

}  // namespace
}  // namespace portcullis::protocol
