// portcullis-bench load: its arguments.
#include "bench/gate/load_command.hpp"

#include "bench/gate/endpoint_options.hpp"
#include "bench/gate/report.hpp"

#include <iostream>
#include <memory>

namespace portcullis::bench {
namespace {

struct load_options {
    endpoint_options to;
    load_plan plan;
    double seconds = 2;
    double warm_up = 0.5;
    unsigned pause = 0;
    bool json = false;
};

const std::map<std::string, workload> workloads{{"handshakes", workload::handshakes},
                                                {"queries", workload::queries},
                                                {"download", workload::download},
                                                {"upload", workload::upload},
                                                {"idle", workload::idle}};

void add_plan_options(CLI::App& command, load_options& o) {
    command.add_option("--workload", o.plan.what, "handshakes, queries, download, upload or idle")
        ->transform(CLI::CheckedTransformer(workloads))
        ->option_text("NAME [queries]");
    command.add_option("--clients", o.plan.clients, "Operations under way at any time")
        ->check(CLI::Range(1U, 20000U))
        ->capture_default_str();
    command.add_option("--sessions", o.plan.sessions, "Sessions that take turns, if more than --clients")
        ->check(CLI::Range(1U, 20000U));
    command.add_option("--seconds", o.seconds, "How long to measure")
        ->check(between(0.1, 86400))
        ->capture_default_str();
    command.add_option("--warm-up", o.warm_up, "How long not to, before that")
        ->check(between(0, 3600))
        ->capture_default_str();
    command.add_option("--pause", o.pause, "Milliseconds that a client waits behind each reply")
        ->check(CLI::Range(0U, 60000U));
    command.add_option("--rate", o.plan.rate, "Operations that fall due each second; latency counts from then on")
        ->check(between(0.1, 1e6));
    command.add_option("--operations", o.plan.operations, "End after so many")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}));
    command.add_option("--size", o.plan.size, "Bytes of a download or an upload")
        ->check(CLI::Range(64, 16000000))
        ->capture_default_str();
    command.add_option("--threads", o.plan.threads, "Threads of the load")
        ->check(CLI::Range(1U, 256U))
        ->capture_default_str();
    command.add_option("--pid", o.plan.watched, "Processes whose CPU time and memory are to be counted")
        ->delimiter(',');
    command.add_flag("--json", o.json, "One line of JSON");
}

int load(load_options& o) {
    endpoint to;
    if (!make_endpoint(o.to, to)) return 2;
    using fractional = std::chrono::duration<double>;
    o.plan.measured = std::chrono::duration_cast<std::chrono::milliseconds>(fractional(o.seconds));
    o.plan.warm_up = std::chrono::duration_cast<std::chrono::milliseconds>(fractional(o.warm_up));
    o.plan.pause = std::chrono::milliseconds(o.pause);
    const auto measured = run_load(to, o.plan, until_interrupted());
    std::cout << (o.json ? in_json(measured) + "\n" : in_words(measured, o.plan));
    if (!measured.failure.empty()) std::cerr << "portcullis-bench: " << measured.failure << '\n';
    return measured.failure.empty() ? 0 : 1;
}

}  // namespace

void add_load_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("load", "Load a gate or a server, and measure");
    auto options = std::make_shared<load_options>();
    add_endpoint_options(*command, options->to);
    add_plan_options(*command, *options);
    command->callback([options, &exit_code] { exit_code = load(*options); });
}

}  // namespace portcullis::bench
