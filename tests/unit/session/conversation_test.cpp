// One whole session as a script, played once as it is, once dripping, and once for every step with a peer that leaves
// there: whatever is cut, the session ends, is counted once and leaves no descriptor.
#include "protocol/auth_messages.hpp"
#include "protocol/auth_plugin.hpp"
#include "protocol/command.hpp"
#include "protocol/err_packet.hpp"
#include "protocol/greeting.hpp"
#include "protocol/handshake_response.hpp"
#include "unit/session/stage.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace portcullis::testing {
namespace {

using protocol::bytes;

constexpr protocol::capability_flags client_flags = protocol::client_protocol_41 | protocol::client_secure_connection |
                                                    protocol::client_plugin_auth | protocol::client_long_password |
                                                    protocol::client_transactions;

const bytes ok_payload{0, 0, 0, 2, 0, 0, 0};

bytes greeting_payload(std::string_view plugin = "mysql_native_password", std::uint32_t thread_id = 42) {
    protocol::greeting message;
    message.server_version = "8.0.0-test";
    message.connection_id = thread_id;
    message.scramble = bytes(20, 'a');
    message.capabilities = 0xffffffffU & ~protocol::client_ssl;
    message.character_set = 45;
    message.auth_plugin = plugin;
    return protocol::serialize_greeting(message);
}

bytes login_payload(std::string_view user) {
    protocol::handshake_response message;
    message.capabilities = client_flags;
    message.max_packet_size = 1U << 24U;
    message.character_set = 45;
    message.user = protocol::as_bytes(user);
    const bytes proof(20, 'p');
    message.auth_response = proof;
    message.auth_plugin = protocol::as_bytes("mysql_native_password");
    return protocol::serialize_handshake_response(message);
}

bytes switch_payload(std::string_view plugin = "mysql_native_password") {
    bytes scramble(20, 'b');
    scramble.push_back(0);
    return protocol::serialize_auth_switch_request({plugin, scramble});
}

bytes change_user_payload(std::string_view user) {
    protocol::change_user message;
    message.user = protocol::as_bytes(user);
    message.character_set = 45;
    message.auth_plugin = protocol::as_bytes("mysql_native_password");
    return protocol::serialize_change_user(message, client_flags);
}

bytes text(std::string_view words) {
    return {words.begin(), words.end()};
}

bool names_the_forced_plugin(const bytes& payload) {
    return protocol::as_text(payload).find(protocol::forced_switch_plugin) != std::string_view::npos;
}

enum class actor { client, aggregator };

/// One packet of the script: who sends it, and what the other end must read. An empty `expected` means the same bytes.
struct step {
    actor sender;
    std::uint8_t sequence_id;
    bytes payload;
    std::function<bool(const bytes&)> expected;
};

/// The script begins when both peers are there and the client has read the gate's greeting.
std::vector<step> whole_session() {
    const bytes answer(20, 'x');
    return {
        {actor::client, 1, login_payload("app"), names_the_forced_plugin},
        {actor::aggregator, 2, switch_payload(), {}},
        {actor::client, 3, answer, {}},
        {actor::aggregator, 4, ok_payload, {}},
        {actor::client, 0, text("\x03SELECT 1"), {}},
        {actor::aggregator, 1, ok_payload, {}},
        {actor::client, 0, change_user_payload("other"), names_the_forced_plugin},
        {actor::aggregator, 1, switch_payload(), {}},
        {actor::client, 2, answer, {}},
        {actor::aggregator, 3, ok_payload, {}},
        {actor::client, 0, text("\x0e"), {}},
        {actor::aggregator, 1, ok_payload, {}},
    };
}

struct players {
    peer client;
    peer aggregator;
    std::uint32_t id = 0;          ///< what the gate's greeting said
    std::uint32_t thread_id = 42;  ///< what the aggregator's greeting says

    peer& at(actor who) { return who == actor::client ? client : aggregator; }
    peer& opposite(actor who) { return who == actor::client ? aggregator : client; }
};

/// Plays one step; the aggregator's leg comes to life with the client's login.
void play(stage& scene, players& cast, const step& now, bool drip) {
    cast.at(now.sender).send(now.sequence_id, now.payload, drip);
    if (!cast.aggregator.is_open()) {
        cast.aggregator = scene.accept();
        cast.aggregator.send(0, greeting_payload("mysql_native_password", cast.thread_id), drip);
    }
    const auto received = cast.opposite(now.sender).read();
    ASSERT_TRUE(received);
    EXPECT_EQ(received->sequence_id, now.sequence_id);
    if (now.expected)
        EXPECT_TRUE(now.expected(received->payload));
    else
        EXPECT_EQ(received->payload, now.payload);
}

players begin(stage& scene) {
    players cast;
    cast.client = scene.connect();
    const auto greeting = cast.client.read();
    const auto parsed = greeting ? protocol::parse_greeting(greeting->payload) : protocol::errc::truncated;
    EXPECT_TRUE(parsed);
    if (parsed) cast.id = parsed->connection_id;
    return cast;
}

void play_to_the_end(bool drip) {
    stage scene;
    auto cast = begin(scene);
    for (const auto& each : whole_session()) ASSERT_NO_FATAL_FAILURE(play(scene, cast, each, drip));
    cast.client.send(0, text("\x01"));
    ASSERT_TRUE(cast.aggregator.read());
    cast.aggregator.close();
    EXPECT_TRUE(cast.client.read_to_end());
    EXPECT_TRUE(scene.ended());
    EXPECT_EQ(scene.counters().of({observe::side::client, observe::phase::command, observe::cause::quit}), 1U);
}

TEST(Conversation, ALoginAQueryAndAChangeOfUserPass) {
    play_to_the_end(false);
}

TEST(Conversation, EveryPacketMayComeByteByByte) {
    play_to_the_end(true);
}

TEST(Conversation, APeerThatLeavesAtAnyStepEndsTheSessionAndLeavesNothing) {
    const auto script = whole_session();
    const auto before = open_descriptors();
    for (std::size_t cut = 0; cut <= script.size(); ++cut) {
        for (const auto leaver : {actor::client, actor::aggregator}) {
            SCOPED_TRACE(::testing::Message() << "cut before step " << cut << ", by the "
                                              << (leaver == actor::client ? "client" : "aggregator"));
            stage scene;
            auto cast = begin(scene);
            for (std::size_t i = 0; i < cut; ++i) ASSERT_NO_FATAL_FAILURE(play(scene, cast, script[i], false));
            if (!cast.at(leaver).is_open()) continue;
            cast.at(leaver).close();
            auto& other = leaver == actor::client ? cast.aggregator : cast.client;
            if (other.is_open()) {
                EXPECT_TRUE(other.read_to_end());
            }
            other.close();
            EXPECT_TRUE(scene.ended());
            EXPECT_EQ(scene.counters().total(), 1U);
            EXPECT_EQ(scene.member().sessions(), 0U);
        }
        EXPECT_EQ(open_descriptors(), before);
    }
}

TEST(Conversation, AClientThatLeavesInTheMiddleOfAPacketEndsTheSession) {
    for (std::size_t size = 1; size < login_payload("app").size() + 4; ++size) {
        stage scene;
        auto cast = begin(scene);
        bytes wire;
        protocol::append_packet(wire, 1, login_payload("app"));
        cast.client.send_raw(std::span(wire).first(size));
        cast.client.close();
        ASSERT_TRUE(scene.ended()) << size;
        ASSERT_EQ(scene.counters().total(), 1U);
    }
}

std::uint16_t error_code_of(const std::optional<peer::packet>& packet) {
    if (!packet) return 0;
    const auto error = protocol::parse_err_packet(packet->payload);
    return error ? error->code : std::uint16_t{0};
}

/// Logs in as `app` and leaves both peers behind OK.
players logged_in(stage& scene, std::uint32_t thread_id = 42) {
    auto cast = begin(scene);
    cast.thread_id = thread_id;
    const auto script = whole_session();
    for (std::size_t i = 0; i < 4; ++i) play(scene, cast, script[i], false);
    return cast;
}

TEST(Conversation, AChangeToAUserWhoMustUseTlsIsRefusedAndReachesNoAggregator) {
    stage scene;
    auto cast = logged_in(scene);
    cast.client.send(0, change_user_payload("needs_tls"));
    EXPECT_EQ(error_code_of(cast.client.read()), 1045);
    EXPECT_FALSE(cast.aggregator.read());  // the end of the stream, nothing before it
    EXPECT_TRUE(scene.ended());
    EXPECT_EQ(scene.counters().of({observe::side::gate, observe::phase::change_user, observe::cause::refused}), 1U);
}

TEST(Conversation, AChangeOfUserIsFoundAtEverySplit) {
    bytes wire;
    protocol::append_packet(wire, 0, text("\x0e"));
    protocol::append_packet(wire, 0, change_user_payload("needs_tls"));
    for (std::size_t split = 1; split < wire.size(); ++split) {
        stage scene;
        auto cast = logged_in(scene);
        cast.client.send_raw(std::span(wire).first(split));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        cast.client.send_raw(std::span(wire).subspan(split));
        const auto ping = cast.aggregator.read();
        ASSERT_TRUE(ping) << split;
        ASSERT_EQ(ping->payload, text("\x0e"));
        ASSERT_EQ(error_code_of(cast.client.read()), 1045) << split;
        ASSERT_FALSE(cast.aggregator.read());
    }
}

TEST(Conversation, ACommandWithAnOddSequenceIdEndsTheSession) {
    stage scene;
    auto cast = logged_in(scene);
    cast.client.send(3, change_user_payload("other"));
    EXPECT_EQ(error_code_of(cast.client.read()), 1156);
    EXPECT_FALSE(cast.aggregator.read());
    EXPECT_TRUE(scene.ended());
}

TEST(Conversation, AnOkThatAnswersAnEarlierCommandDoesNotChangeTheUser) {
    stage scene;
    auto cast = logged_in(scene);
    cast.client.send(0, change_user_payload("other"));
    ASSERT_TRUE(cast.aggregator.read());
    cast.aggregator.send(1, ok_payload);  // no AuthSwitchRequest came first: it cannot be the answer
    EXPECT_EQ(error_code_of(cast.client.read()), 1152);
    EXPECT_TRUE(scene.ended());
}

TEST(Conversation, AnEndOfRowsThatAnswersAnEarlierCommandDoesNotChangeTheUser) {
    stage scene;
    auto cast = logged_in(scene);
    cast.client.send(0, change_user_payload("other"));
    ASSERT_TRUE(cast.aggregator.read());
    cast.aggregator.send(1, bytes{0xfe, 0, 0, 2, 0});  // reads like an AuthSwitchRequest without a name
    EXPECT_EQ(error_code_of(cast.client.read()), 1152);
    EXPECT_TRUE(scene.ended());
}

TEST(Conversation, AChangeOfUserInTheMiddleOfAReplysPacketReachesNoAggregator) {
    stage scene;
    auto cast = logged_in(scene);
    cast.client.send(0, text("\x03SELECT 1"));
    ASSERT_TRUE(cast.aggregator.read());
    bytes reply;
    protocol::append_packet(reply, 1, bytes(500, 'r'));
    cast.aggregator.send_raw(std::span(reply).first(100));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    cast.client.send(0, change_user_payload("other"));
    EXPECT_FALSE(cast.aggregator.read());
    EXPECT_TRUE(cast.client.read_to_end());
    EXPECT_TRUE(scene.ended());
    EXPECT_EQ(scene.counters().of({observe::side::client, observe::phase::command, observe::cause::protocol_error}),
              1U);
}

TEST(Conversation, AnAggregatorThatAsksTwiceEndsTheLogin) {
    stage scene;
    auto cast = begin(scene);
    const auto script = whole_session();
    for (std::size_t i = 0; i < 3; ++i) ASSERT_NO_FATAL_FAILURE(play(scene, cast, script[i], false));
    cast.aggregator.send(4, switch_payload());
    EXPECT_EQ(error_code_of(cast.client.read()), 1152);
    EXPECT_TRUE(scene.ended());
}

TEST(Conversation, APluginThatShowsPasswordsIsNeverAskedOfAPlaintextClient) {
    for (const auto* plugin : {"mysql_clear_password", "dialog", "unheard_of"}) {
        stage scene;
        auto cast = begin(scene);
        ASSERT_NO_FATAL_FAILURE(play(scene, cast, whole_session().front(), false));
        cast.aggregator.send(2, switch_payload(plugin));
        EXPECT_EQ(error_code_of(cast.client.read()), 1251) << plugin;
        EXPECT_FALSE(cast.aggregator.read()) << plugin;
        EXPECT_TRUE(scene.ended());
    }
}

TEST(Conversation, AMemberWithoutAuthSwitchIsLoggedInToByTheGatesOwn) {
    stage scene;
    scene.member().set_switching(cluster::auth_switch::unknown);
    auto cast = begin(scene);
    cast.client.send(1, login_payload("app"));
    auto first = scene.accept();
    first.send(0, greeting_payload());
    const auto forced = first.read();
    ASSERT_TRUE(forced && names_the_forced_plugin(forced->payload));
    first.send(2, protocol::serialize_err_packet({1045, "28000", "Access denied"}));
    EXPECT_TRUE(first.read_to_end());

    auto second = scene.accept();
    second.send(0, greeting_payload());
    const auto asked = cast.client.read();
    ASSERT_TRUE(asked);
    const auto request = protocol::parse_auth_switch_request(asked->payload);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->plugin, "mysql_native_password");
    EXPECT_EQ(protocol::as_text(request->data.first(20)), std::string(20, 'a'));  // the member's own scramble
    const bytes answer(20, 'x');
    cast.client.send(3, answer);
    const auto login = second.read();
    ASSERT_TRUE(login);
    const auto response = protocol::parse_handshake_response(login->payload, true);
    ASSERT_TRUE(response);
    EXPECT_EQ(bytes(response->auth_response.begin(), response->auth_response.end()), answer);
    second.send(2, ok_payload);
    const auto ok = cast.client.read();
    ASSERT_TRUE(ok);
    EXPECT_EQ(ok->payload, ok_payload);
    EXPECT_EQ(ok->sequence_id, 4);
    EXPECT_EQ(scene.member().switching(), cluster::auth_switch::unsupported);
}

TEST(Conversation, WhatAClientPipelinesBehindItsLoginIsNotLost) {
    stage scene;
    auto cast = begin(scene);
    const auto script = whole_session();
    for (std::size_t i = 0; i < 2; ++i) ASSERT_NO_FATAL_FAILURE(play(scene, cast, script[i], false));
    bytes wire;
    protocol::append_packet(wire, 3, bytes(20, 'x'));
    protocol::append_packet(wire, 0, text("\x03SELECT 1"));
    cast.client.send_raw(wire);
    ASSERT_TRUE(cast.aggregator.read());
    cast.aggregator.send(4, ok_payload);
    ASSERT_TRUE(cast.client.read());
    const auto query = cast.aggregator.read();
    ASSERT_TRUE(query);
    EXPECT_EQ(query->payload, text("\x03SELECT 1"));
}

/// What the aggregator reads when the client sends this KILL.
std::string relayed(players& cast, const std::string& statement) {
    cast.client.send(0, text('\x03' + statement));
    const auto read = cast.aggregator.read();
    return read ? std::string(protocol::as_text(read->payload).substr(1)) : "nothing";
}

TEST(Conversation, AKillCarriesTheThreadIdOfItsTarget) {
    stage scene;
    auto target = logged_in(scene, 7);
    auto killer = logged_in(scene, 8);
    ASSERT_NE(target.id, killer.id);
    EXPECT_EQ(relayed(killer, "KILL " + std::to_string(target.id)), "KILL 7");
    EXPECT_EQ(relayed(killer, "KILL QUERY " + std::to_string(killer.id)), "KILL QUERY 8");
    const auto unknown = "KILL " + std::to_string(killer.id + 1);
    EXPECT_EQ(relayed(killer, unknown), unknown);
    target.client.close();
    EXPECT_TRUE(target.aggregator.read_to_end());
    target.aggregator.close();
    for (int i = 0; i < 1000 && scene.counters().total() == 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto ended = "KILL " + std::to_string(target.id);
    EXPECT_EQ(relayed(killer, ended), ended);
}

TEST(Conversation, AKillNeverReachesASessionInTheMiddleOfAChangeOfUser) {
    stage scene;
    auto target = logged_in(scene, 7);
    auto killer = logged_in(scene, 8);
    const auto kill = "KILL " + std::to_string(target.id);
    const auto script = whole_session();
    for (std::size_t i = 6; i < 9; ++i) ASSERT_NO_FATAL_FAILURE(play(scene, target, script[i], false));
    EXPECT_EQ(relayed(killer, kill), kill);
    ASSERT_NO_FATAL_FAILURE(play(scene, target, script[9], false));
    EXPECT_EQ(relayed(killer, kill), kill) << "it is another user's now";
}

TEST(Conversation, AKillFollowsASessionToItsNewConnection) {
    stage scene;
    scene.member().set_switching(cluster::auth_switch::unsupported);
    const auto log_in = [&](std::uint32_t thread_id) {
        auto cast = begin(scene);
        cast.client.send(1, login_payload("app"));
        cast.aggregator = scene.accept();
        cast.aggregator.send(0, greeting_payload("mysql_native_password", thread_id));
        EXPECT_TRUE(cast.client.read());
        cast.client.send(3, bytes(20, 'x'));
        EXPECT_TRUE(cast.aggregator.read());
        cast.aggregator.send(2, ok_payload);
        EXPECT_TRUE(cast.client.read());
        return cast;
    };
    auto target = log_in(7);
    auto killer = log_in(8);
    const auto kill = "KILL " + std::to_string(target.id);
    EXPECT_EQ(relayed(killer, kill), "KILL 7");
    target.client.send(0, change_user_payload("app"));
    target.aggregator = scene.accept();
    target.aggregator.send(0, greeting_payload("mysql_native_password", 9));
    ASSERT_TRUE(target.client.read());
    EXPECT_EQ(relayed(killer, kill), kill);
    target.client.send(2, bytes(20, 'x'));
    ASSERT_TRUE(target.aggregator.read());
    target.aggregator.send(2, ok_payload);
    ASSERT_TRUE(target.client.read());
    EXPECT_EQ(relayed(killer, kill), "KILL 9");
}

TEST(Conversation, AnIdIsNotGivenOutAgainWhileItsSessionLives) {
    stage scene;
    auto first = logged_in(scene);
    scene.connection_counter() -= 1;
    const auto second = begin(scene);
    EXPECT_EQ(second.id, first.id + 1);
}

}  // namespace
}  // namespace portcullis::testing
