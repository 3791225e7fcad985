// Request targets: what is a path, and what is refused.
#include "proxy/admin/target.hpp"

#include <gmock/gmock.h>

namespace portcullis::admin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(target, is_segments_and_a_query) {
    EXPECT_THAT(parse_target("/")->segments, IsEmpty());
    EXPECT_THAT(parse_target("/api/v1/status")->segments, ElementsAre("api", "v1", "status"));
    const auto asked = parse_target("/metrics?a=1&b=x%20y&a=2&c");
    ASSERT_TRUE(asked);
    EXPECT_THAT(asked->segments, ElementsAre("metrics"));
    EXPECT_THAT(asked->query, ElementsAre(Pair("a", "2"), Pair("b", "x y"), Pair("c", "")));
}

TEST(target, decodes_each_segment_by_itself) {
    EXPECT_THAT(parse_target("/a/unix%3A%2Frun%2Fx.sock/b")->segments, ElementsAre("a", "unix:/run/x.sock", "b"));
}

TEST(target, is_strict) {
    for (const auto* each : {"", "*", "api", "http://host/api", "//", "/a//b", "/a/", "/.", "/..", "/a/../b",
                             "/%2e%2e/b", "/a%", "/a%2", "/a%zz", "/a%00b", "/a\x01", "/a?b=%", "/a?%0a=1", "/\x7f"})
        EXPECT_FALSE(parse_target(each)) << each;
}

TEST(target, encodes_what_it_decodes) {
    const std::string name = "[::1]:3306 / \xc3\xa4%";
    EXPECT_EQ(percent_encoded(name), "%5B%3A%3A1%5D%3A3306%20%2F%20%C3%A4%25");
    EXPECT_THAT(parse_target("/" + percent_encoded(name))->segments, ElementsAre(name));
}

}  // namespace
}  // namespace portcullis::admin
