// What the decision who may pass costs, by the number of accounts: for the last rule in MySQL's order, and for a user
// no rule names.
#include "proxy/gate/accounts.hpp"

#include <benchmark/benchmark.h>

namespace portcullis::bench {
namespace {

gate::account_table table_of(std::int64_t accounts) {
    config::accounts settings;
    for (std::int64_t i = 0; i < accounts; ++i) {
        config::account rule;
        rule.user = "application_" + std::to_string(i);
        rule.host = "10.%";
        settings.rules.push_back(std::move(rule));
    }
    return gate::account_table(settings);
}

void decide(benchmark::State& state, const std::string& user) {
    const auto table = table_of(state.range(0));
    const gate::client_origin from{config::ip_address::parse("10.1.2.3")};
    const certs::tls_facts tls{"TLSv1.3", "TLS_AES_256_GCM_SHA384", false, std::nullopt};
    for ([[maybe_unused]] auto each : state) {
        auto decision = table.decide(user, from, &tls, true);
        benchmark::DoNotOptimize(decision);
    }
    state.SetItemsProcessed(state.iterations());
}

void last_account(benchmark::State& state) {
    decide(state, "application_" + std::to_string(state.range(0) - 1));
}

void unknown_user(benchmark::State& state) {
    decide(state, "somebody");
}

BENCHMARK(last_account)->Name("decision/last_account")->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK(unknown_user)->Name("decision/unknown_user")->Arg(1)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace portcullis::bench
