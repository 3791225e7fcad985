#include "proxy/config/load.hpp"

#include "proxy/config/check.hpp"
#include "proxy/config/document.hpp"
#include "proxy/config/tables.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace portcullis::config {
namespace {

constexpr std::size_t largest_file = 4UL * 1024 * 1024;

constexpr field<configuration> root_fields[] = {
    {"gate", read_gate},         {"listener", read_listeners},
    {"accounts", read_accounts}, {"account", read_account_rules},
    {"cluster", read_clusters},  {"timeouts", read_timeouts},
    {"limits", read_limits},     {"log", read_log},
    {"admin", read_admin},       {"audit", read_audit},
};

load_result failed(const std::filesystem::path& file, const std::string& sentence) {
    load_result out;
    out.diagnostics.push_back({diagnostic::severity::error, file.string(), 0, sentence});
    return out;
}

/// One setting of the gate for all contexts.
void apply_to_contexts(configuration& settings) {
    const certs::own_algorithms own{settings.gate.fast_aes_gcm, settings.gate.fast_tls13};
    for (auto& each : settings.listeners) each.tls.own = own;
    for (auto& each : settings.clusters) each.tls.own = own;
    settings.admin.tls.own = own;
}

}  // namespace

bool load_result::ok() const {
    return !has_errors(diagnostics);
}

const cluster* configuration::find_cluster(std::string_view name) const {
    const auto found =
        std::find_if(clusters.begin(), clusters.end(), [&](const cluster& each) { return each.name == name; });
    return found == clusters.end() ? nullptr : &*found;
}

std::vector<table_keys> schema() {
    return {gate_keys(),   listener_keys(), accounts_keys(), account_keys(), cluster_keys(), aggregator_keys(),
            health_keys(), timeouts_keys(), limits_keys(),   log_keys(),     admin_keys(),   audit_keys()};
}

load_result load_text(std::string_view text, const std::filesystem::path& file) {
    load_result out;
    out.value.source.file = file.string();
    const auto document = read_document(text, out.value.source.file, out.diagnostics);
    if (!document) return out;

    std::error_code ignored;  // without a working directory a relative path stays one
    reading shared{std::filesystem::absolute(file, ignored).parent_path(), out.value.source, out.diagnostics};
    const reader root(*document, 0, "", "", "", shared);
    read_table(root, root_fields, out.value);
    apply_to_contexts(out.value);

    const finder report{out.value.source, out.diagnostics};
    check_listeners(out.value, report);
    check_clusters(out.value, report);
    check_accounts(out.value, report);
    check_timeouts(out.value, report);
    check_admin(out.value, report);
    check_audit(out.value, report);
    for (auto& each : in_the_clear(out.value)) out.diagnostics.push_back(std::move(each));
    sort_by_line(out.diagnostics);
    return out;
}

load_result load_file(const std::filesystem::path& file) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) return failed(file, "is a folder, not a configuration file");
    std::ifstream in(file, std::ios::binary);
    if (!in && errno == ENOENT) return failed(file, "does not exist");
    if (!in) return failed(file, "cannot be read: " + std::generic_category().message(errno));
    std::string text(largest_file + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) return failed(file, "cannot be read: " + std::generic_category().message(errno));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > largest_file) return failed(file, "is larger than the 4 MiB a configuration may have");
    return load_text(text, file);
}

}  // namespace portcullis::config
