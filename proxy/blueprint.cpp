#include "proxy/blueprint.hpp"

#include "proxy/config/certificate_files.hpp"

namespace portcullis::proxy {

namespace {

void read_certificates(blueprint& plan) {
    for (const auto& each : config::certificate_files(plan.settings)) plan.files.push_back(net::look_at(each));
    plan.contexts = config::build_contexts(plan.settings, plan.diagnostics);
    config::sort_by_line(plan.diagnostics);
}

}  // namespace

bool blueprint::usable() const {
    return !config::has_errors(diagnostics);
}

blueprint read_blueprint(const std::filesystem::path& file) {
    auto loaded = config::load_file(file);
    const bool in_order = loaded.ok();
    blueprint read{std::move(loaded.value), {}, std::move(loaded.diagnostics), in_order, {}};
    read_certificates(read);
    return read;
}

blueprint with_new_certificates(const config::configuration& settings) {
    blueprint read{settings, {}, {}, true, {}};
    read_certificates(read);
    return read;
}

}  // namespace portcullis::proxy
