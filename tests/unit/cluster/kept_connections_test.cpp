#include "proxy/cluster/kept_connections.hpp"

#include <gtest/gtest.h>

#include <array>
#include <sys/socket.h>
#include <unistd.h>

namespace portcullis::cluster {
namespace {

using namespace std::chrono_literals;

const auto start = net::clock::now();
const kept_key app{"app", protocol::client_protocol_41, 1U << 24U};

/// The other end of a connection, in plaintext: what the pool does is the same.
class aggregator_end {
public:
    explicit aggregator_end(int descriptor) : descriptor_(descriptor) {}
    aggregator_end(aggregator_end&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    aggregator_end& operator=(aggregator_end&&) = delete;
    ~aggregator_end() { hang_up(); }

    void hang_up() {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = -1;
    }
    void reply() const { EXPECT_EQ(::send(descriptor_, "ok", 2, 0), 2); }
    /// What it was sent; 'x' at the end if it was hung up on.
    [[nodiscard]] std::string heard() const {
        std::array<char, 64> data{};
        std::string all;
        for (;;) {
            const auto size = ::recv(descriptor_, data.data(), data.size(), MSG_DONTWAIT);
            if (size <= 0) return size == 0 ? all + "x" : all;
            all.append(data.data(), static_cast<std::size_t>(size));
        }
    }

private:
    int descriptor_;
};

const std::string quit("\x01\0\0\0\x01x", 6);

class KeptConnections : public testing::Test {
protected:
    aggregator_end keep(const kept_key& key = app, net::clock::time_point at = start, std::uint32_t id = 0) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
        net::stream_socket socket(worker_);
        socket.assign(net::asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
        kept_connection connection;
        connection.channel = std::make_unique<net::packet_channel>(std::move(socket));
        connection.greeting.connection_id = id;
        kept_.keep(key, std::move(connection), at);
        return aggregator_end(ends[1]);
    }
    std::uint32_t taken(const kept_key& key = app, net::clock::time_point at = start) {
        const auto found = kept_.take(key, at);
        return found ? found->greeting.connection_id : 0;
    }

    net::asio::io_context worker_;
    kept_connections kept_{10s, 3};
};

TEST_F(KeptConnections, GoToTheSameKeyOnly) {
    const auto end = keep(app, start, 7);
    for (const auto& other : {kept_key{"App", app.capabilities, app.max_packet_size},
                              kept_key{"app ", app.capabilities, app.max_packet_size},
                              kept_key{"app", app.capabilities | protocol::client_found_rows, app.max_packet_size},
                              kept_key{"app", app.capabilities, app.max_packet_size + 1}})
        EXPECT_EQ(taken(other), 0U);
    EXPECT_EQ(taken(), 7U);
    EXPECT_EQ(taken(), 0U);
    EXPECT_EQ(kept_.size(), 0U);
}

TEST_F(KeptConnections, TheYoungestWithItsReplyGoesFirstAndTheOldestWhereNoneHasIt) {
    const auto one = keep(app, start, 1);
    const auto two = keep(app, start, 2);
    const auto three = keep(app, start, 3);
    two.reply();
    EXPECT_EQ(taken(), 2U);
    EXPECT_EQ(taken(), 1U);
    EXPECT_EQ(taken(), 3U);
}

TEST_F(KeptConnections, OneThatWasHungUpOnIsFoundOutByWhoTakesIt) {
    const auto good = keep(app, start, 1);
    auto bad = keep(app, start, 2);
    good.reply();
    bad.hang_up();
    EXPECT_EQ(taken(), 2U);
    EXPECT_EQ(taken(), 1U);
}

TEST_F(KeptConnections, QuitWhenTheirTimeIsOver) {
    const auto first = keep(app, start, 1);
    const auto second = keep(app, start + 1s, 2);
    EXPECT_EQ(taken(app, start + 10s), 2U) << "nobody gets what is too old";
    EXPECT_EQ(first.heard(), "");
    kept_.close_expired(start + 9s);
    EXPECT_EQ(kept_.size(), 1U);
    kept_.close_expired(start + 10s);
    EXPECT_EQ(first.heard(), quit);
    EXPECT_EQ(kept_.size(), 0U);
}

TEST_F(KeptConnections, TheOldestQuitsWhereThereAreTooMany) {
    const auto first = keep({"report", 0, 0}, start, 1);
    const auto second = keep(app, start, 2);
    const auto third = keep(app, start, 3);
    const auto fourth = keep({"auditor", 0, 0}, start, 4);
    EXPECT_EQ(first.heard(), quit);
    EXPECT_EQ(kept_.size(), 3U);
    EXPECT_EQ(taken({"report", 0, 0}), 0U);
    EXPECT_EQ(taken({"auditor", 0, 0}), 4U);
}

TEST_F(KeptConnections, AllQuitAndMayComeAgainUntilItStops) {
    const auto first = keep();
    kept_.close_all();
    EXPECT_EQ(first.heard(), quit);
    const auto second = keep();
    EXPECT_EQ(kept_.size(), 1U);
    kept_.stop();
    EXPECT_EQ(second.heard(), quit);
    const auto third = keep();
    EXPECT_EQ(third.heard(), quit);
    EXPECT_EQ(kept_.size(), 0U);
}

TEST_F(KeptConnections, AnUnreadReplyDoesNotTurnTheEndIntoAReset) {
    const auto end = keep();
    end.reply();
    kept_.close_all();
    EXPECT_EQ(end.heard(), quit);
}

TEST_F(KeptConnections, WhatIsTakenServesAnotherWorker) {
    const auto end = keep();
    end.reply();
    net::asio::io_context other;
    auto found = kept_.take(app, start);
    ASSERT_TRUE(found);
    auto& stream = found->channel->stream();
    ASSERT_FALSE(stream.move_to(other.get_executor()));
    std::string read;
    const auto read_all = [&]() -> net::awaitable<void> {
        for (int times = 0; times < 2; ++times) {
            const auto more = co_await stream.read_some();
            if (!more) co_return;
            read.append(more->begin(), more->end());
        }
    };
    net::asio::co_spawn(other, read_all(), net::asio::detached);
    net::asio::post(other, [&end] { end.reply(); });
    other.run();
    EXPECT_EQ(read, "okok");
}

}  // namespace
}  // namespace portcullis::cluster
