#include "bench/gate/histogram.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace portcullis::bench {
namespace {

using std::chrono::nanoseconds;

TEST(histogram, without_values_has_quantiles_of_zero) {
    EXPECT_EQ(std::make_unique<histogram>()->quantile(0.99).count(), 0);
}

TEST(histogram, is_exact_for_short_times_and_within_a_hundredth_for_long_ones) {
    for (std::int64_t value :
         {0L, 1L, 127L, 128L, 129L, 255L, 256L, 1000L, 65'535L, 1'000'000L, 123'456'789L, 60'000'000'000L}) {
        const auto one = std::make_unique<histogram>();
        one->record(nanoseconds(value));
        const auto found = one->quantile(0.5).count();
        EXPECT_GE(found, value);
        EXPECT_LE(static_cast<double>(found), static_cast<double>(value) * 1.01);
        EXPECT_TRUE(value >= 256 || found == value) << value;
    }
}

TEST(histogram, finds_the_value_that_a_fraction_does_not_exceed) {
    const auto all = std::make_unique<histogram>();
    for (int i = 1; i <= 100; ++i) all->record(nanoseconds(i));
    EXPECT_EQ(all->quantile(0.5).count(), 50);
    EXPECT_EQ(all->quantile(0.99).count(), 99);
    EXPECT_EQ(all->quantile(0.999).count(), 100);
    EXPECT_EQ(all->quantile(0).count(), 1);
    EXPECT_EQ(all->quantile(1).count(), 100);
}

TEST(histogram, takes_what_is_beyond_its_range_for_the_longest) {
    const auto one = std::make_unique<histogram>();
    one->record(std::chrono::hours(10));
    one->record(nanoseconds(-5));
    EXPECT_GT(one->quantile(1), std::chrono::minutes(17));
    EXPECT_EQ(one->quantile(0.5).count(), 0);
}

TEST(histogram, of_two_threads_is_one_of_both) {
    const auto left = std::make_unique<histogram>();
    const auto right = std::make_unique<histogram>();
    left->record(nanoseconds(10));
    right->record(nanoseconds(20));
    left->add(*right);
    EXPECT_EQ(left->count(), 2U);
    EXPECT_EQ(left->quantile(1).count(), 20);
}

}  // namespace
}  // namespace portcullis::bench
