#include "protocol/connection_id.hpp"

#include <gtest/gtest.h>

namespace portcullis::protocol {
namespace {

TEST(connection_id, is_positive_as_a_signed_number_and_knows_its_instance) {
    for (const std::uint32_t instance : {0U, 1U, 77U, 127U}) {
        for (const std::uint32_t counter : {0U, 1U, connection_counter_mask}) {
            const auto id = make_connection_id(instance, counter);
            EXPECT_GT(static_cast<std::int32_t>(id), 0);
            EXPECT_TRUE(is_gate_connection_id(id));
            EXPECT_EQ(instance_of(id), instance);
            EXPECT_EQ(id & connection_counter_mask, counter);
        }
    }
}

TEST(connection_id, counter_wraps_without_touching_the_instance) {
    EXPECT_EQ(make_connection_id(5, connection_counter_mask + 1), make_connection_id(5, 0));
}

TEST(connection_id, of_an_aggregator_is_not_ours) {
    for (const std::uint64_t id :
         {0ULL, 1ULL, (1ULL << 30) - 1, 1ULL << 31, 0xffffffffULL, (1ULL << 32) + (1ULL << 30)})
        EXPECT_FALSE(is_gate_connection_id(id)) << id;
}

}  // namespace
}  // namespace portcullis::protocol
