// portcullis-bench aggregator: arguments of the synthetic aggregator.
#include "bench/gate/aggregator.hpp"
#include "bench/gate/load_command.hpp"
#include "certs/server_context.hpp"

#include <iostream>
#include <memory>

namespace portcullis::bench {
namespace {

struct aggregator_options {
    std::string address = "127.0.0.1:3307";
    std::string tls_first_address;
    certs::certificate_pair pair;
    std::filesystem::path ca;
    bool no_resumption = false;
    unsigned workers = 1;
};

int serve(const aggregator_options& o) {
    aggregator_settings settings;
    settings.workers = o.workers;
    const auto address = config::endpoint::parse(o.address);
    if (address) settings.address = *address;
    settings.tls_first_address = config::endpoint::parse(o.tls_first_address);
    if (!address || (!o.tls_first_address.empty() && !settings.tls_first_address)) {
        std::cerr << "portcullis-bench: an address is host:port or unix:/path\n";
        return 2;
    }
    certs::ssl_ctx_ptr context;
    if (!o.pair.cert.empty()) {
        certs::server_settings tls;
        tls.pairs.push_back(o.pair);
        tls.ca = o.ca;
        tls.versions.insert(certs::tls_version::v1_2);
        tls.versions.insert(certs::tls_version::v1_3);
        certs::problems found;
        context = certs::make_server_context(tls, found);
        for (const auto& each : found) std::cerr << each.text << '\n';
        if (!context) return 2;
        if (o.no_resumption) {
            SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);  // of TLS 1.2
            SSL_CTX_set_num_tickets(context.get(), 0);
        }
        settings.context = context.get();
    }
    const auto problem = serve_as_aggregator(settings);
    std::cerr << "portcullis-bench: " << problem << '\n';
    return 1;
}

}  // namespace

void add_aggregator_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("aggregator", "A synthetic aggregator, which answers a load at once");
    auto o = std::make_shared<aggregator_options>();
    command->add_option("--address", o->address, "host:port or unix:/path")->capture_default_str();
    command->add_option("--tls-first-address", o->tls_first_address, "Another one, with TLS from the first byte");
    command->add_option("--ssl-cert", o->pair.cert, "Its certificate; without: plaintext")->check(CLI::ExistingFile);
    command->add_option("--ssl-key", o->pair.key, "Its key")->check(CLI::ExistingFile);
    command->add_option("--ssl-ca", o->ca, "Asks for certificates that this CA signed")->check(CLI::ExistingFile);
    command->add_flag("--no-resumption", o->no_resumption, "Gives no tickets: a full TLS handshake each time");
    command->add_option("--workers", o->workers, "Threads")->check(CLI::Range(1U, 256U))->capture_default_str();
    command->callback([o, &exit_code] { exit_code = serve(*o); });
}

}  // namespace portcullis::bench
