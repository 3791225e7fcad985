#include "bench/gate/storm.hpp"

#include "bench/gate/report.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::bench {
namespace {

using boost::asio::ip::tcp;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

/// Listens, and never greets.
class mute {
public:
    mute() : door_(context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
        to.address.host = "127.0.0.1";
        to.address.port = door_.local_endpoint().port();
        to.resolved = net::resolve_now(to.address, false).front();
    }
    void close() { door_.close(); }

    endpoint to;

private:
    boost::asio::io_context context_;
    tcp::acceptor door_;
};

TEST(storm, counts_refusals_by_what_was_said) {
    mute nobody;
    nobody.close();
    const auto outcome = run_storm(nobody.to, {.connects = 30, .at_once = 4, .threads = 2}, false);
    EXPECT_EQ(outcome.served, 0U);
    EXPECT_EQ(outcome.unanswered, 0U);
    EXPECT_THAT(outcome.refusals, UnorderedElementsAre(Pair("connect: Connection refused", 30U)));
}

TEST(storm, counts_whoever_got_no_answer_in_time) {
    mute somebody;
    const auto outcome =
        run_storm(somebody.to, {.connects = 30, .at_once = 4, .at_most = std::chrono::seconds(1)}, false);
    EXPECT_EQ(outcome.unanswered, 30U);
}

TEST(storm, ends_when_it_is_interrupted) {
    mute somebody;
    const auto outcome = run_storm(somebody.to, {.connects = 30, .at_once = 4, .at_most = std::chrono::hours(1)}, true);
    EXPECT_EQ(outcome.unanswered, 30U);
}

TEST(storm, of_two_threads_is_one_of_both) {
    storm_outcome left;
    left.served = 2;
    left.refusals = {{"ERR 1040 Too many connections", 1}};
    storm_outcome right;
    right.served = 3;
    right.resumed = 1;
    right.refusals = {{"ERR 1040 Too many connections", 4}, {"connect: Connection refused", 1}};
    left.add(right);
    EXPECT_EQ(left.served, 5U);
    EXPECT_EQ(left.resumed, 1U);
    EXPECT_THAT(left.refusals, UnorderedElementsAre(Pair("ERR 1040 Too many connections", 5U),
                                                    Pair("connect: Connection refused", 1U)));
    EXPECT_THAT(in_json(left), HasSubstr(R"("refused":6)"));
}

}  // namespace
}  // namespace portcullis::bench
