#include "proxy/session/registry.hpp"

#include <gtest/gtest.h>

namespace portcullis::session {
namespace {

TEST(Registry, ASessionIsThereAsLongAsItsEntry) {
    registry sessions;
    {
        const auto entry = sessions.add(7, {"app", nullptr, nullptr, 42});
        ASSERT_TRUE(sessions.contains(7));
        EXPECT_EQ(sessions.find(7)->user, "app");
        EXPECT_EQ(sessions.find(7)->thread_id, 42U);
        EXPECT_FALSE(sessions.find(8));
    }
    EXPECT_FALSE(sessions.contains(7));
}

TEST(Registry, AnEntryMovesAndIsRemovedOnce) {
    registry sessions;
    registry::entry kept;
    kept.remove();
    kept = sessions.add(7, {"app", nullptr, nullptr, 42});
    registry::entry moved(std::move(kept));
    EXPECT_TRUE(sessions.contains(7));
    moved.remove();
    moved.remove();
    EXPECT_FALSE(sessions.contains(7));
    const auto again = sessions.add(7, {"report", nullptr, nullptr, 43});
    moved.remove();
    EXPECT_EQ(sessions.find(7)->user, "report");
}

TEST(Registry, WhoWasAimedAtIsToldWhenItLeaves) {
    registry sessions;
    auto aimed_at = sessions.add(7, {"app", nullptr, nullptr, 42});
    auto other = sessions.add(8, {"app", nullptr, nullptr, 43});
    EXPECT_TRUE(sessions.aim_at(7));
    EXPECT_TRUE(aimed_at.remove());
    EXPECT_FALSE(aimed_at.remove());
    EXPECT_FALSE(sessions.aim_at(7)) << "nobody is there any more";
    EXPECT_FALSE(other.remove());
}

}  // namespace
}  // namespace portcullis::session
