#include "proxy/net/worker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <list>
#include <thread>

namespace portcullis::net {
namespace {

using namespace std::chrono_literals;

TEST(Worker, EndsWhenNothingIsLeft) {
    worker one;
    one.start();
    one.join();
}

TEST(Worker, EndsThoughATickIsDueAtThatMoment) {
    worker one;
    one.start();
    // While the thread is held up the tick comes due, and the wish to end queues up in front of it.
    asio::post(one.context(), [] { std::this_thread::sleep_for(1200ms); });
    std::this_thread::sleep_for(100ms);
    one.join();
}

class counted final : public worker_member {
public:
    void on_tick(clock::time_point /*now*/) override {}
    void on_stop() override {}
    int visits = 0;
};

TEST(Worker, IsVisitedAFewMembersAtATimeWhileSomeLeaveAndOthersVisitToo) {
    worker one;
    std::list<counted> members(500);
    asio::post(one.context(), [&] {
        for (auto& each : members) one.add(each);
    });
    std::atomic<int> done = 0;
    int seen = 0;
    one.visit(
        [&](worker_member& each) {
            if (auto* member = dynamic_cast<counted*>(&each)) {
                ++seen;
                if (++member->visits == 1 && seen == 100) std::next(members.begin(), 200)->unlink();
            }
        },
        [&] { ++done; });
    one.visit([](worker_member&) {}, [&] { ++done; });
    one.start();
    while (done < 2) std::this_thread::sleep_for(1ms);
    asio::post(one.context(), [&] { members.clear(); });
    one.join();
    EXPECT_EQ(seen, 499);
}

TEST(Worker, IsVisitedThoughItHasNoMember) {
    worker one;
    std::atomic<bool> done = false;
    one.visit([](worker_member&) { FAIL(); }, [&] { done = true; });
    one.start();
    while (!done) std::this_thread::sleep_for(1ms);
    one.join();
}

}  // namespace
}  // namespace portcullis::net
