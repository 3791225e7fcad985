#include "proxy/config/contexts.hpp"

#include "certs/client_context.hpp"
#include "certs/effective.hpp"
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

/// A context with which no handshake can succeed is a mistake of the file, found before the first client is.
void check_usable(const certs::effective_policy& effective, const std::string& who, const std::string& path,
                  std::string_view works, const source& source, diagnostics& found) {
    if (!effective.versions.empty()) return;
    certs::problems problems;
    problems.push_back({certs::problem::severity::error, "tls_version",
                        "no handshake can succeed: tls_version, ssl_cipher and tls_ciphersuites leave nothing that " +
                            std::string(works) + "; widen one of them"});
    take_over(problems, who, path, source, found);
}

/// nullptr: it could not be built, and the reasons were reported.
certs::ssl_ctx_ptr build_server(const certs::server_settings& tls, const std::string& who, const std::string& path,
                                const source& source, diagnostics& found) {
    certs::problems problems;
    auto context = certs::make_server_context(tls, problems);
    take_over(problems, who, path, source, found);
    if (context)
        check_usable(certs::effective_of_server(context.get()), who, path, "works with the key type of ssl_cert",
                     source, found);
    return context;
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
        const auto path = "listener[" + std::to_string(i) + "]";
        auto context = build_server(each.tls, "listener '" + each.name + "'", path, settings.source, found);
        if (context) built.listeners.emplace(each.name, std::move(context));
    }
    if (!settings.admin.tls.pairs.empty())
        built.admin = build_server(settings.admin.tls, "[admin]", "admin", settings.source, found);
    for (const auto& each : settings.clusters) {
        if (each.ssl_mode == ssl_mode::disabled) continue;
        const auto who = "cluster '" + each.name + "'";
        const auto path = "cluster." + each.name;
        certs::problems problems;
        auto context = certs::make_client_context(each.tls, problems);
        take_over(problems, who, path, settings.source, found);
        if (!context) continue;
        check_usable(certs::effective_of_client(context.get()), who, path, "an aggregator could choose",
                     settings.source, found);
        built.clusters.emplace(each.name, std::move(context));
    }
    if (!settings.gate.rsa_private_key.empty()) {
        certs::problems problems;
        built.password_key = certs::password_key::load("rsa_private_key", settings.gate.rsa_private_key, problems);
        take_over(problems, "[gate]", "gate", settings.source, found);
    }
    if (!settings.gate.ticket_keys.empty()) {
        certs::problems problems;
        built.ticket_keys = certs::load_ticket_keys("ticket_keys", settings.gate.ticket_keys, problems);
        take_over(problems, "[gate]", "gate", settings.source, found);
    }
    check_ciphers(settings, built, {settings.source, found});
    return built;
}

}  // namespace portcullis::config
