// portcullis: arguments. The subcommands are in files of their own.
#include "proxy/admin_command.hpp"
#include "proxy/certs_command.hpp"
#include "proxy/check_command.hpp"
#include "proxy/run_command.hpp"

#include <CLI/CLI.hpp>
#include <openssl/crypto.h>

#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

namespace {

std::string version_text() {
    return std::string("portcullis ") + PORTCULLIS_VERSION + " (" + OpenSSL_version(OPENSSL_VERSION) + ")";
}

CLI::Option* add_config_option(CLI::App& command, std::filesystem::path& file) {
    return command.add_option("-c,--config", file, "The configuration file (its keys: CONFIGURATION.md)")
        ->required()
        ->option_text("FILE");
}

int run(int argc, char** argv) {
    CLI::App app{"A TLS-terminating gate in front of MySQL-protocol clusters"};
    app.set_version_flag("-V,--version", version_text());
    app.require_subcommand(1);
    app.get_formatter()->column_width(36);
    app.footer(
        "Examples:\n"
        "  portcullis certs make --dir certs        a CA and the pairs it signs\n"
        "  portcullis check --config portcullis.toml  find every mistake before a client does\n"
        "  portcullis run --config portcullis.toml    serve until SIGTERM\n"
        "  portcullis status                        what the gate of this machine does");

    int exit_code = 0;
    std::filesystem::path file;
    auto* serve = app.add_subcommand(
        "run", "Serve in the foreground; SIGTERM drains (a second one ends at once), SIGHUP reloads");
    add_config_option(*serve, file);
    bool take_over = false;
    serve->add_flag("--take-over", take_over,
                    "Take the listening sockets of the gate at gate.takeover_socket, which then drains");
    serve->callback([&] { exit_code = portcullis::proxy::run_command(file, take_over, std::cerr); });
    auto* check = app.add_subcommand("check", "Validate a configuration and its certificates, show what is in effect");
    add_config_option(*check, file);
    check->callback([&] { exit_code = portcullis::proxy::check_command(file, std::cout, std::cerr); });
    portcullis::proxy::add_certs_command(app, exit_code);
    portcullis::proxy::add_admin_commands(app, exit_code);
    CLI11_PARSE(app, argc, argv)
    return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& failure) {
        std::cerr << "portcullis: " << failure.what() << '\n';
        return 1;
    }
}
