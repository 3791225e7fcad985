#include "proxy/observe/audit_record.hpp"

#include <gtest/gtest.h>

namespace portcullis::observe {
namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point some_time{1'767'225'599'123ms};

TEST(audit_record, is_one_json_object_with_time_event_and_instance) {
    audit_record record("login", 7, some_time);
    record.add("id", std::uint64_t{1082130433}).add("user", "app").add("client_resumed", true);
    record.add_seconds("duration", 1500ms);
    EXPECT_EQ(record.line(), R"({"time":"2025-12-31T23:59:59.123Z","event":"login","instance":7,"id":1082130433,)"
                             R"("user":"app","client_resumed":true,"duration":1.500})");
}

TEST(audit_record, cannot_be_forged_by_a_user_name) {
    audit_record record("login", 1, some_time);
    record.add("user", std::string_view("x\n{\"event\":\"kill\"}\xff\x00", 20));
    EXPECT_NE(record.line().find(R"("user":"x\u000a{\"event\":\"kill\"}\u00ff\u0000"})"), std::string::npos)
        << record.line();
}

}  // namespace
}  // namespace portcullis::observe
