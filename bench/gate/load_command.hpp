// The subcommands of portcullis-bench, each with its arguments.
#pragma once

#include <CLI/CLI.hpp>

namespace portcullis::bench {

void add_load_command(CLI::App& app, int& exit_code);
void add_aggregator_command(CLI::App& app, int& exit_code);
void add_storm_command(CLI::App& app, int& exit_code);
void add_probe_command(CLI::App& app, int& exit_code);

}  // namespace portcullis::bench
