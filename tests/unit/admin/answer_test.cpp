// Routes, and who may take them.
#include "proxy/admin/answer.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <stdexcept>

namespace portcullis::admin {
namespace {

using testing::HasSubstr;

/// A gate that notes what it is ordered.
class noted final : public operations {
public:
    bool is_ready = true;
    std::vector<std::string> orders;

    bool ready() override { return is_ready; }
    gate_status status() override { return {}; }
    gate_metrics metrics() override { return {}; }
    std::vector<session_facts> sessions() override { throw std::runtime_error("a worker does not answer"); }
    std::vector<aggregator_facts> aggregators() override { return {}; }
    accounts_facts accounts() override { return {}; }
    std::vector<ban_facts> bans() override { return {}; }
    std::vector<certificate_facts> certificates() override { return {}; }
    outcome kill(std::uint32_t id) override { return note("kill " + std::to_string(id)); }
    outcome drain_aggregator(const std::string& name, const std::string& cluster,
                             std::optional<std::chrono::milliseconds> deadline) override {
        return note("drain " + name + " in " + cluster + " by " +
                    (deadline ? std::to_string(deadline->count()) : "none"));
    }
    outcome undrain_aggregator(const std::string& name, const std::string& cluster) override {
        return note("undrain " + name + " in " + cluster);
    }
    outcome lift_ban(const config::ip_address& address) override { return note("lift " + address.to_string()); }
    outcome lift_all_bans() override { return note("lift all"); }
    net::awaitable<outcome> reload() override {
        outcome refused{outcome::kind::refused, "refused", {"one", "two"}};
        co_return refused;
    }
    outcome drain_gate(std::optional<std::chrono::milliseconds>) override { return note("drain the gate"); }

private:
    outcome note(std::string what) {
        orders.push_back(std::move(what));
        return {};
    }
};

class answering : public testing::Test {
protected:
    static config::admin settings() {
        config::admin out;
        out.tokens.push_back({token, std::nullopt});
        return out;
    }

    reply ask(const std::string& method, const std::string& path, const std::string& body = "") {
        request asked{method, path, "127.0.0.1:9104", authorization, origin, body.empty() ? "" : type, body, known};
        if (!host.empty()) asked.host = host;
        net::asio::io_context context;
        auto given = net::asio::co_spawn(context, answers.answer(asked, from), net::asio::use_future);
        context.run();
        return given.get();
    }

    static constexpr const char* token = "a-token-of-the-test-program";
    noted gate;
    answerer answers{settings(), gate};
    caller from{"10.0.0.1:5", config::ip_address::parse("127.0.0.1"), false};
    std::string authorization = std::string("Bearer ") + token;
    std::string origin;
    std::string host;
    std::string type = "application/json";
    std::string known;
};

TEST_F(answering, orders_reach_the_gate_with_what_they_name) {
    EXPECT_EQ(ask("POST", "/api/v1/sessions/1082130433/kill").status, 200U);
    EXPECT_EQ(
        ask("POST", "/api/v1/aggregators/%5B%3A%3A1%5D%3A3306/drain", R"({"deadline": "1m", "cluster": "a"})").status,
        200U);
    EXPECT_EQ(ask("POST", "/api/v1/aggregators/db:1/undrain").status, 200U);
    EXPECT_EQ(ask("POST", "/api/v1/bans/lift", R"({"address": "192.0.2.1"})").status, 200U);
    EXPECT_EQ(ask("POST", "/api/v1/bans/lift", R"({"all": true})").status, 200U);
    EXPECT_THAT(gate.orders, testing::ElementsAre("kill 1082130433", "drain [::1]:3306 in a by 60000",
                                                  "undrain db:1 in ", "lift 192.0.2.1", "lift all"));
}

TEST_F(answering, bodies_that_do_not_fit_change_nothing) {
    for (const auto* each : {"{", "[]", "1", R"({"addres": "192.0.2.1"})", R"({"address": 1})",
                             R"({"address": "host"})", R"({"all": "yes"})", R"({"all": false})",
                             R"({"all": true, "address": "192.0.2.1"})", R"({"all": [[[[[[]]]]]]})"})
        EXPECT_EQ(ask("POST", "/api/v1/bans/lift", each).status, 400U) << each;
    EXPECT_EQ(ask("POST", "/api/v1/aggregators/a/drain", R"({"deadline": "soon"})").status, 400U);
    for (const auto* each : {"x", "-1", "0", "4294967296", "1%20"})
        EXPECT_EQ(ask("POST", std::string("/api/v1/sessions/") + each + "/kill").status, 404U) << each;
    type = "text/plain";
    EXPECT_EQ(ask("POST", "/api/v1/bans/lift", R"({"all": true})").status, 400U);
    EXPECT_TRUE(gate.orders.empty());
}

TEST_F(answering, tells_a_wrong_path_from_a_wrong_method) {
    EXPECT_EQ(ask("GET", "/api/v1/nothing").status, 404U);
    EXPECT_EQ(ask("GET", "/api/v1/sessions/1").status, 404U);
    EXPECT_EQ(ask("GET", "/../etc/passwd").status, 400U);
    const auto wrong = ask("DELETE", "/api/v1/status");
    EXPECT_EQ(wrong.status, 405U);
    EXPECT_THAT(wrong.headers, testing::Contains(testing::Pair("Allow", "GET, HEAD")));
    EXPECT_EQ(ask("GET", "/api/v1/reload").status, 405U);
    EXPECT_EQ(ask("HEAD", "/api/v1/status").status, 200U);
}

TEST_F(answering, reasons_of_a_refused_reload_are_told) {
    const auto refused = ask("POST", "/api/v1/reload");
    EXPECT_EQ(refused.status, 409U);
    EXPECT_EQ(refused.body, "{\"error\":\"refused\",\"reasons\":[\"one\",\"two\"]}\n");
}

TEST_F(answering, an_exception_is_500_and_tells_nothing) {
    const auto failed = ask("GET", "/api/v1/sessions");
    EXPECT_EQ(failed.status, 500U);
    EXPECT_THAT(failed.body, testing::Not(HasSubstr("worker")));
}

TEST_F(answering, probes_need_no_token_and_the_rest_does) {
    authorization.clear();
    EXPECT_EQ(ask("GET", "/healthz").body, "ok\n");
    EXPECT_EQ(ask("GET", "/readyz").status, 200U);
    gate.is_ready = false;
    EXPECT_EQ(ask("GET", "/readyz").status, 503U);
    for (const auto* each : {"/metrics", "/api/v1/status", "/api/v1/bans"})
        EXPECT_EQ(ask("GET", each).status, 401U) << each;
    EXPECT_EQ(ask("POST", "/api/v1/reload").status, 401U);
    from.address.reset();  // the unix socket
    EXPECT_EQ(ask("GET", "/api/v1/status").status, 200U);
}

TEST_F(answering, the_dashboard_needs_no_token_and_is_not_sent_twice) {
    authorization.clear();
    const auto page = ask("GET", "/");
    EXPECT_EQ(page.status, 200U);
    EXPECT_THAT(page.body, testing::StartsWith("<!doctype html>"));
    EXPECT_EQ(ask("GET", "/dashboard/index.html").body, page.body);
    const auto tag =
        std::find_if(page.headers.begin(), page.headers.end(), [](const auto& each) { return each.first == "ETag"; });
    ASSERT_NE(tag, page.headers.end());
    known = "\"an older one\", W/" + tag->second;
    EXPECT_EQ(ask("GET", "/").status, 304U);
    EXPECT_EQ(ask("GET", "/").body, "");
    EXPECT_EQ(ask("GET", "/dashboard/nothing").status, 404U);
    EXPECT_EQ(ask("GET", "/dashboard/..%2Fpage.cpp").status, 404U);
    EXPECT_EQ(ask("POST", "/").status, 405U);
}

TEST_F(answering, too_many_wrong_tokens_and_the_right_one_is_not_taken_either) {
    authorization = "Bearer another-token-of-a-guesser";
    for (unsigned i = 0; i < wrong_tokens; ++i) EXPECT_EQ(ask("GET", "/api/v1/status").status, 401U);
    authorization = std::string("Bearer ") + token;
    EXPECT_EQ(ask("GET", "/api/v1/status").status, 429U);
    EXPECT_EQ(ask("GET", "/healthz").status, 200U);
    from.address = config::ip_address::parse("127.0.0.2");
    EXPECT_EQ(ask("GET", "/api/v1/status").status, 200U);
}

TEST_F(answering, without_tls_the_host_is_this_machine) {
    for (const auto* each : {"localhost", "localhost:9104", "127.0.0.1:9104", "127.1.2.3", "[::1]:9104", "[::1]"}) {
        host = each;
        EXPECT_EQ(ask("GET", "/healthz").status, 200U) << each;
    }
    for (const auto* each : {"evil.example", "localhost.evil.example:9104", "10.0.0.1", "[fe80::1]", "[", ":"}) {
        host = each;
        EXPECT_EQ(ask("GET", "/healthz").status, 421U) << each;
        from.tls = true;
        EXPECT_EQ(ask("GET", "/healthz").status, 200U) << each;
        from.tls = false;
    }
}

TEST_F(answering, another_pages_requests_are_refused_even_with_a_token) {
    origin = "http://127.0.0.1:9104";
    EXPECT_EQ(ask("POST", "/api/v1/bans/lift", R"({"all": true})").status, 200U);
    origin = "http://evil.example";
    EXPECT_EQ(ask("POST", "/api/v1/bans/lift", R"({"all": true})").status, 403U);
    EXPECT_EQ(ask("GET", "/api/v1/status").status, 403U);
    EXPECT_EQ(gate.orders.size(), 1U);
}

}  // namespace
}  // namespace portcullis::admin
