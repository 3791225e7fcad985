// Requests to the administration interface from the network: a line each for method, target, Host, Authorization,
// Origin and Content-Type, and the body behind them. Without the token nothing is ordered; nothing leads to a 500.
#include "proxy/admin/answer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace admin = portcullis::admin;
namespace config = portcullis::config;
namespace net = portcullis::net;

namespace {

constexpr std::string_view token = "a-token-of-the-fuzzer-program";

struct counting final : admin::operations {
    unsigned orders = 0;

    bool ready() override { return true; }
    admin::gate_status status() override { return {}; }
    admin::gate_metrics metrics() override { return {}; }
    std::vector<admin::session_facts> sessions() override { return {}; }
    std::vector<admin::aggregator_facts> aggregators() override { return {}; }
    admin::accounts_facts accounts() override { return {}; }
    std::vector<admin::ban_facts> bans() override { return {}; }
    std::vector<admin::certificate_facts> certificates() override { return {}; }
    admin::outcome kill(std::uint32_t) override { return count(); }
    admin::outcome drain_aggregator(const std::string&, const std::string&,
                                    std::optional<std::chrono::milliseconds>) override {
        return count();
    }
    admin::outcome undrain_aggregator(const std::string&, const std::string&) override { return count(); }
    admin::outcome lift_ban(const config::ip_address&) override { return count(); }
    admin::outcome lift_all_bans() override { return count(); }
    net::awaitable<admin::outcome> reload() override {
        auto done = count();
        co_return done;
    }
    admin::outcome drain_gate(std::optional<std::chrono::milliseconds>) override { return count(); }

private:
    admin::outcome count() {
        ++orders;
        return {};
    }
};

std::string next_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() == rest.size() ? line.size() : line.size() + 1);
    return std::string(line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    admin::request asked;
    for (auto* each :
         {&asked.method, &asked.target, &asked.host, &asked.authorization, &asked.origin, &asked.content_type})
        *each = next_line(rest);
    asked.body = rest;

    config::admin settings;
    settings.tokens.push_back({std::string(token), std::nullopt});
    counting gate;
    admin::answerer answers(settings, gate);
    const admin::caller from{"192.0.2.1:5", config::ip_address::parse("192.0.2.1"), true};
    net::asio::io_context context;
    auto given = net::asio::co_spawn(context, answers.answer(asked, from), net::asio::use_future);
    context.run();
    const auto reply = given.get();
    if (reply.status < 200 || reply.status >= 500) std::abort();
    const bool has_token = asked.authorization.find(token) != std::string::npos;
    if (gate.orders > 1 || (gate.orders == 1 && (!has_token || asked.method != "POST"))) std::abort();
    return 0;
}
