#include "proxy/observe/close_reason.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using namespace portcullis::observe;

TEST(CloseReason, EveryCauseHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < cause_count; ++i) names.insert(to_string(static_cast<cause>(i)));
    EXPECT_EQ(names.size(), cause_count);
    EXPECT_FALSE(names.contains(""));
    EXPECT_EQ(to_string(cause::plugin_needs_tls), "plugin_needs_tls");
    EXPECT_EQ(to_string(cause::internal_error), "internal_error");
    EXPECT_EQ(to_string(phase::change_user), "change_user");
    EXPECT_EQ(to_string(side::gate), "gate");
}

TEST(CloseReason, CountsInExactlyOneCounter) {
    close_counters counters;
    const close_reason quit{side::client, phase::command, cause::quit};
    counters.count(quit);
    counters.count(quit);
    counters.count({side::gate, phase::command, cause::quit});
    EXPECT_EQ(counters.of(quit), 2U);
    EXPECT_EQ(counters.of({side::client, phase::login, cause::quit}), 0U);
    EXPECT_EQ(counters.total(), 3U);
    const auto all = counters.all();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].first.side, side::client);
    EXPECT_EQ(all[0].first.phase, phase::command);
    EXPECT_EQ(all[0].first.cause, cause::quit);
    EXPECT_EQ(all[0].second, 2U);
    EXPECT_EQ(all[1].first.side, side::gate);
}

}  // namespace
