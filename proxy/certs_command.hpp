// `portcullis certs`: make a CA and the pairs it signs, show what a certificate file holds.
// Arguments and printing only; certs/pairs and certs/describe do the work.
#pragma once

namespace CLI {
class App;
}

namespace portcullis::proxy {

/// Adds the subcommand `certs` with `make` and `show` to `app`. When one of them has run, `exit_code` is 0, or 1 if it
/// refused or failed and has said so on standard error. `exit_code` must outlive the parsing.
void add_certs_command(CLI::App& app, int& exit_code);

}  // namespace portcullis::proxy
