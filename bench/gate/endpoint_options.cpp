#include "bench/gate/endpoint_options.hpp"

#include "proxy/cluster/tls_session_store.hpp"

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <iostream>

namespace portcullis::bench {
namespace {

std::atomic<bool> interrupted{false};

std::string resolve(endpoint_options& o, endpoint& out) {
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

}  // namespace

void add_endpoint_options(CLI::App& command, endpoint_options& o) {
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

bool make_endpoint(endpoint_options& o, endpoint& out) {
    const auto problem = resolve(o, out);
    if (!problem.empty()) std::cerr << "portcullis-bench: " << problem << '\n';
    return problem.empty();
}

CLI::Validator between(double least, double most) {
    const auto number = [](const std::string& text) {
        return std::isnan(std::strtod(text.c_str(), nullptr)) ? text + " is no number" : std::string();
    };
    return CLI::Range(least, most) & CLI::Validator(number, "");
}

const std::atomic<bool>& until_interrupted() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGINT, [](int) { interrupted = true; });
    std::signal(SIGTERM, [](int) { interrupted = true; });
    return interrupted;
}

}  // namespace portcullis::bench
