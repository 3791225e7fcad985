#include "proxy/config/check.hpp"
#include "proxy/config/reader.hpp"

#include <algorithm>

namespace portcullis::config {
namespace {

/// Nothing on a unix socket passes a network.
bool crosses_network(const cluster& each) {
    return std::any_of(each.aggregators.begin(), each.aggregators.end(),
                       [](const aggregator& member) { return !member.address.is_unix(); });
}

bool takes_plaintext(const listener& each) {
    return !each.address.is_unix() && !(each.offers_tls() && each.require_secure_transport);
}

bool admits_plaintext(const account& rule) {
    return rule.require == requirement::none && rule.cipher.empty();
}

void of_listeners(const configuration& settings, const finder& report) {
    for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
        const auto& each = settings.listeners[i];
        if (!each.offers_tls() && !each.address.is_unix())
            report.warning("listener[" + std::to_string(i) + "]",
                           "listener " + in_quotes(each.name) +
                               " offers no TLS: all that its clients send and receive is in the clear");
    }
}

void of_accounts(const configuration& settings, const finder& report) {
    const auto& listeners = settings.listeners;
    if (!std::any_of(listeners.begin(), listeners.end(), takes_plaintext)) return;
    if (settings.accounts.default_require == requirement::none)
        report.warning("accounts.default_require",
                       "default_require is \"NONE\": users that no [[account]] names may talk in the clear");
    for (std::size_t i = 0; i < settings.accounts.rules.size(); ++i) {
        const auto& rule = settings.accounts.rules[i];
        if (admits_plaintext(rule))
            report.warning("account[" + std::to_string(i) + "]", "account " + in_quotes(rule.user) + "@" +
                                                                     in_quotes(rule.host) +
                                                                     " may talk in the clear (require \"NONE\")");
    }
}

void of_clusters(const configuration& settings, const finder& report) {
    for (const auto& each : settings.clusters) {
        if (!crosses_network(each)) continue;
        const auto where = "cluster." + each.name + ".ssl_mode";
        const auto subject = "cluster " + in_quotes(each.name) + ": ssl_mode ";
        if (each.ssl_mode == ssl_mode::disabled)
            report.warning(where, subject + "\"DISABLED\": all that passes to the aggregators is in the clear");
        else if (each.ssl_mode == ssl_mode::preferred)
            report.warning(where, subject +
                                      "\"PREFERRED\": with an aggregator that offers no TLS, or with whoever "
                                      "pretends to be one, all is in the clear");
        else if (each.ssl_mode == ssl_mode::required)
            report.warning(where, subject +
                                      "\"REQUIRED\": encrypted, but to whoever answers; only \"VERIFY_CA\" and "
                                      "\"VERIFY_IDENTITY\" know an aggregator from an impostor");
    }
}

}  // namespace

bool admits_plaintext(const configuration& settings) {
    const auto& rules = settings.accounts.rules;
    return std::any_of(settings.listeners.begin(), settings.listeners.end(), takes_plaintext) &&
           (settings.accounts.default_require == requirement::none ||
            std::any_of(rules.begin(), rules.end(), [](const account& rule) { return admits_plaintext(rule); }));
}

diagnostics in_the_clear(const configuration& settings) {
    diagnostics found;
    const finder report{settings.source, found};
    of_listeners(settings, report);
    of_accounts(settings, report);
    of_clusters(settings, report);
    return found;
}

}  // namespace portcullis::config
