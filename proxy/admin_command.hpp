// `portcullis status`, `sessions`, `kill` and their siblings: the API of a running gate from the command line.
// Arguments and printing only; admin/client asks, admin/tables shows.
#pragma once

namespace CLI {
class App;
}

namespace portcullis::proxy {

/// Adds the subcommands to `app`. When one of them has run, `exit_code` is 0; 1 if the gate refused; 3 if it could not
/// be reached; 4 if it, or the system, does not let this user in. `exit_code` must outlive the parsing.
void add_admin_commands(CLI::App& app, int& exit_code);

}  // namespace portcullis::proxy
