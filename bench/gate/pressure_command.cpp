// portcullis-bench storm and probe: their arguments.
#include "bench/gate/endpoint_options.hpp"
#include "bench/gate/load_command.hpp"
#include "bench/gate/report.hpp"

#include <iostream>
#include <memory>

namespace portcullis::bench {
namespace {

struct storm_options {
    endpoint_options to;
    storm_plan plan;
    bool json = false;
};

struct probe_options {
    endpoint_options to;
    probe_plan plan;
    double seconds = 2;
    unsigned interval = 100;
    bool json = false;
};

int storm(storm_options& o) {
    endpoint to;
    if (!make_endpoint(o.to, to)) return 2;
    const auto outcome = run_storm(to, o.plan, until_interrupted());
    std::cout << (o.json ? in_json(outcome) + "\n" : in_words(outcome));
    return 0;
}

int probe(probe_options& o) {
    endpoint to;
    if (!make_endpoint(o.to, to)) return 2;
    o.plan.interval = std::chrono::milliseconds(o.interval);
    o.plan.measured = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(o.seconds));
    const auto logins = run_probe(to, o.plan, until_interrupted());
    std::cout << (o.json ? in_json(logins) + "\n" : in_words(logins));
    return 0;
}

}  // namespace

void add_storm_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("storm", "Connect many times as fast as it goes, and count who is let in");
    auto o = std::make_shared<storm_options>();
    add_endpoint_options(*command, o->to);
    command->add_option("--connects", o->plan.connects, "How many")
        ->check(CLI::Range(1U, 1'000'000U))
        ->capture_default_str();
    command->add_option("--at-once", o->plan.at_once, "Of them under way at any time")
        ->check(CLI::Range(1U, 20000U))
        ->capture_default_str();
    command->add_flag("--log-in", o->plan.log_in, "Log in; without: close behind the greeting");
    command->add_option("--threads", o->plan.threads, "Threads of the storm")
        ->check(CLI::Range(1U, 256U))
        ->capture_default_str();
    command->add_flag("--json", o->json, "One line of JSON");
    command->callback([o, &exit_code] { exit_code = storm(*o); });
}

void add_probe_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("probe", "Log in every so often, and tell how long each login took");
    auto o = std::make_shared<probe_options>();
    add_endpoint_options(*command, o->to);
    command->add_option("--interval", o->interval, "Milliseconds from one to the next")
        ->check(CLI::Range(1U, 60000U))
        ->capture_default_str();
    command->add_option("--seconds", o->seconds, "How long")->check(between(0.1, 86400))->capture_default_str();
    command->add_flag("--json", o->json, "One line of JSON");
    command->callback([o, &exit_code] { exit_code = probe(*o); });
}

}  // namespace portcullis::bench
