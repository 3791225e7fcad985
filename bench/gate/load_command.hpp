// portcullis-bench load: arguments of a load, as the mysql client names them.
#pragma once

#include <CLI/CLI.hpp>

namespace portcullis::bench {

void add_load_command(CLI::App& app, int& exit_code);
void add_aggregator_command(CLI::App& app, int& exit_code);

}  // namespace portcullis::bench
