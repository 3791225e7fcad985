// portcullis-bench: arguments. The subcommands are in files of their own.
#include "bench/gate/load_command.hpp"

#include <exception>
#include <iostream>
#include <sys/resource.h>

namespace {

/// The soft limit of open files is ours to raise.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(int argc, char** argv) {
    CLI::App app{"Measures what passes through a gate, or straight to a server"};
    app.require_subcommand(1);
    app.get_formatter()->column_width(36);
    app.footer(
        "Examples:\n"
        "  portcullis-bench load --host db.example --user app --ssl-mode VERIFY_CA --ssl-ca ca.pem\n"
        "  portcullis-bench load --workload handshakes --clients 16 --no-resumption\n"
        "  portcullis-bench load --workload download --clients 4 --tls-ciphersuites TLS_AES_128_GCM_SHA256");
    int exit_code = 0;
    portcullis::bench::add_load_command(app, exit_code);
    portcullis::bench::add_storm_command(app, exit_code);
    portcullis::bench::add_probe_command(app, exit_code);
    portcullis::bench::add_aggregator_command(app, exit_code);
    CLI11_PARSE(app, argc, argv)
    return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        raise_descriptor_limit();
        return run(argc, argv);
    } catch (const std::exception& failure) {
        std::cerr << "portcullis-bench: " << failure.what() << '\n';
        return 1;
    }
}
