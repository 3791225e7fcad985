#include "proxy/net/worker.hpp"

#include <gtest/gtest.h>

#include <chrono>
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

}  // namespace
}  // namespace portcullis::net
