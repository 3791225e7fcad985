#include "proxy/config/contexts.hpp"

#include "certs/client_context.hpp"
#include "certs/server_context.hpp"
#include "proxy/config/check.hpp"

namespace portcullis::config {
namespace {

/// Puts what certs/ found into the file's terms: `who` is "listener 'main'", `path` "listener[0]".
void take_over(const certs::problems& problems, const std::string& who, const std::string& path, const source& source,
               diagnostics& found) {
    for (const auto& each : problems) {
        const auto level =
            each.level == certs::problem::severity::error ? diagnostic::severity::error : diagnostic::severity::warning;
        const auto where = each.setting.empty() ? path : path + "." + each.setting;
        const auto subject = each.setting.empty() ? who : who + ": " + each.setting;
        found.push_back({level, source.file, source.line_of(where), subject + ": " + each.text});
    }
}

SSL_CTX* find(const std::map<std::string, certs::ssl_ctx_ptr, std::less<>>& contexts, const std::string& name) {
    const auto found = contexts.find(name);
    return found == contexts.end() ? nullptr : found->second.get();
}

}  // namespace

SSL_CTX* contexts::of(const listener& each) const {
    return find(listeners, each.name);
}
SSL_CTX* contexts::of(const cluster& each) const {
    return find(clusters, each.name);
}

contexts build_contexts(const configuration& settings, diagnostics& found) {
    contexts built;
    for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
        const auto& each = settings.listeners[i];
        if (!each.offers_tls()) continue;
        certs::problems problems;
        if (auto context = certs::make_server_context(each.tls, problems))
            built.listeners.emplace(each.name, std::move(context));
        take_over(problems, "listener '" + each.name + "'", "listener[" + std::to_string(i) + "]", settings.source,
                  found);
    }
    for (const auto& each : settings.clusters) {
        if (each.ssl_mode == ssl_mode::disabled) continue;
        certs::problems problems;
        if (auto context = certs::make_client_context(each.tls, problems))
            built.clusters.emplace(each.name, std::move(context));
        take_over(problems, "cluster '" + each.name + "'", "cluster." + each.name, settings.source, found);
    }
    check_ciphers(settings, built, {settings.source, found});
    return built;
}

}  // namespace portcullis::config
