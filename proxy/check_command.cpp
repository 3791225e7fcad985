#include "proxy/check_command.hpp"

#include "proxy/config/check.hpp"
#include "proxy/config/contexts.hpp"
#include "proxy/config/load.hpp"
#include "proxy/config/report.hpp"

#include <algorithm>
#include <ostream>

namespace portcullis::proxy {
namespace {

std::string verdict(const config::diagnostics& found) {
    const auto errors = std::count_if(found.begin(), found.end(), [](const config::diagnostic& each) {
        return each.level == config::diagnostic::severity::error;
    });
    const auto warnings = static_cast<std::ptrdiff_t>(found.size()) - errors;
    const auto counted = [](std::ptrdiff_t count, const std::string& one) {
        return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
    };
    if (errors == 0 && warnings == 0) return "in order";
    if (errors == 0) return "usable, with " + counted(warnings, "warning");
    return "not usable: " + counted(errors, "error") + (warnings == 0 ? "" : ", " + counted(warnings, "warning"));
}

}  // namespace

int check_command(const std::filesystem::path& file, std::ostream& out, std::ostream& err) {
    auto loaded = config::load_file(file);
    // Even of a file with errors: who mends them wants to know of the certificates in the same run.
    const auto built = config::build_contexts(loaded.value, loaded.diagnostics);
    config::check_destinations(loaded.value, {loaded.value.source, loaded.diagnostics});
    config::sort_by_line(loaded.diagnostics);
    if (!loaded.value.listeners.empty() || !loaded.value.clusters.empty()) {
        config::write_report(out, loaded.value, built);
        out << '\n' << std::flush;
    }
    for (const auto& each : loaded.diagnostics) err << each.to_string() << '\n';
    err << std::flush;
    out << file.string() << ": " << verdict(loaded.diagnostics) << '\n';
    return config::has_errors(loaded.diagnostics) ? 1 : 0;
}

}  // namespace portcullis::proxy
