#include "bench/gate/load_command.hpp"

#include "bench/gate/report.hpp"
#include "proxy/cluster/tls_session_store.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>

namespace portcullis::bench {
namespace {

std::atomic<bool> interrupted{false};

struct load_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 3306;
    std::string socket;
    std::string user = "root";
    std::string ssl_mode = "PREFERRED";
    bool tls_first = false;
    bool no_resumption = false;
    certs::client_settings tls;
    std::string tls_version = "TLSv1.2,TLSv1.3";
    load_plan plan;
    double seconds = 2;
    double warm_up = 0.5;
    bool json = false;
};

const std::map<std::string, workload> workloads{{"handshakes", workload::handshakes},
                                                {"queries", workload::queries},
                                                {"download", workload::download},
                                                {"upload", workload::upload},
                                                {"idle", workload::idle}};

void add_endpoint_options(CLI::App& command, load_options& o) {
    command.add_option("--host", o.host, "The gate's or server's host")->capture_default_str();
    command.add_option("--port", o.port, "Its port")->capture_default_str();
    command.add_option("--socket", o.socket, "Its unix socket, instead");
    command.add_option("--user", o.user, "The account; its password is read from MYSQL_PWD")->capture_default_str();
    command.add_option("--ssl-mode", o.ssl_mode, "As of the mysql client")
        ->check(CLI::IsMember({"DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"}))
        ->capture_default_str();
    command.add_option("--ssl-ca", o.tls.ca, "CA certificates")->check(CLI::ExistingFile);
    command.add_option("--ssl-cert", o.tls.pair.cert, "The client's certificate")->check(CLI::ExistingFile);
    command.add_option("--ssl-key", o.tls.pair.key, "Its key")->check(CLI::ExistingFile);
    command.add_option("--tls-version", o.tls_version, "Versions to offer")->capture_default_str();
    command.add_option("--ssl-cipher", o.tls.ciphers, "Ciphers of TLS 1.2");
    command.add_option("--tls-ciphersuites", o.tls.ciphersuites, "Ciphers of TLS 1.3");
    command.add_flag("--tls-first", o.tls_first, "TLS from the first byte: for proxies that know no MySQL");
    command.add_flag("--no-resumption", o.no_resumption, "A full TLS handshake each time");
}

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
        ->check(CLI::Range(0.1, 86400.0))
        ->capture_default_str();
    command.add_option("--warm-up", o.warm_up, "How long not to, before that")
        ->check(CLI::Range(0.0, 3600.0))
        ->capture_default_str();
    command.add_option("--operations", o.plan.operations, "End after so many");
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

std::string make_endpoint(load_options& o, endpoint& out) {
    out.address.host = o.host;
    out.address.port = o.port;
    out.address.unix_path = o.socket;
    const auto addresses = net::resolve_now(out.address, false);
    if (addresses.empty()) return "the host has no address: " + o.host;
    out.resolved = addresses.front();
    out.user = o.user;
    if (const char* password = std::getenv("MYSQL_PWD")) out.password = password;
    out.resume = !o.no_resumption;
    if (o.ssl_mode == "DISABLED" && !o.tls_first) return {};
    out.how = o.tls_first ? transport::tls_first : transport::in_band;
    out.tls_if_offered = o.ssl_mode == "PREFERRED";
    if (o.ssl_mode == "VERIFY_CA") out.verify = certs::verification::ca;
    if (o.ssl_mode == "VERIFY_IDENTITY") out.verify = certs::verification::identity;
    const auto versions = certs::tls_version_set::parse(o.tls_version);
    if (!versions) return "--tls-version: " + versions.error().message();
    o.tls.versions = *versions;
    o.tls.verify = out.verify;
    certs::problems found;
    out.context = certs::make_client_context(o.tls, found);
    std::string text;
    for (const auto& each : found)
        if (!out.context || each.level == certs::problem::severity::warning) text += each.text + "\n";
    if (out.context) {
        std::cerr << text;
        cluster::tls_session_store::install(out.context.get());
        return {};
    }
    return text;
}

int load(load_options& o) {
    endpoint to;
    const auto problem = make_endpoint(o, to);
    if (!problem.empty()) {
        std::cerr << "portcullis-bench: " << problem << '\n';
        return 2;
    }
    using fractional = std::chrono::duration<double>;
    o.plan.measured = std::chrono::duration_cast<std::chrono::milliseconds>(fractional(o.seconds));
    o.plan.warm_up = std::chrono::duration_cast<std::chrono::milliseconds>(fractional(o.warm_up));
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGINT, [](int) { interrupted = true; });
    std::signal(SIGTERM, [](int) { interrupted = true; });
    const auto measured = run_load(to, o.plan, interrupted);
    std::cout << (o.json ? in_json(measured) + "\n" : in_words(measured, o.plan));
    if (!measured.failure.empty()) std::cerr << "portcullis-bench: " << measured.failure << '\n';
    return measured.failure.empty() ? 0 : 1;
}

}  // namespace

void add_load_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("load", "Load a gate or a server, and measure");
    auto options = std::make_shared<load_options>();
    add_endpoint_options(*command, *options);
    add_plan_options(*command, *options);
    command->callback([options, &exit_code] { exit_code = load(*options); });
}

}  // namespace portcullis::bench
