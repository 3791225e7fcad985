#include "certs/effective.hpp"
#include "proxy/config/check.hpp"
#include "proxy/config/nearest.hpp"
#include "proxy/config/reader.hpp"

#include <algorithm>
#include <set>

namespace portcullis::config {
namespace {

std::set<std::string> suites_of(const contexts& built) {
    std::set<std::string> out;
    for (const auto& [name, context] : built.listeners)
        for (auto& suite : certs::effective_of_server(context.get()).suites) out.insert(std::move(suite));
    return out;
}

}  // namespace

void check_ciphers(const configuration& settings, const contexts& built, const finder& report) {
    const auto& rules = settings.accounts.rules;
    const bool any = std::any_of(rules.begin(), rules.end(), [](const account& each) { return !each.cipher.empty(); });
    if (!any || built.listeners.empty()) return;  // finding the suites out costs handshakes
    const auto offered = suites_of(built);
    const std::vector<std::string_view> names(offered.begin(), offered.end());
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto& rule = rules[i];
        if (rule.cipher.empty() || offered.contains(rule.cipher)) continue;
        const auto meant = nearest(rule.cipher, names);
        report.warning("account[" + std::to_string(i) + "].cipher",
                       "account " + in_quotes(rule.user) + "@" + in_quotes(rule.host) +
                           ": no listener offers the cipher " + in_quotes(rule.cipher) + ", so it cannot log in" +
                           (meant ? "; did you mean " + in_quotes(*meant) + "?" : ""));
    }
}

}  // namespace portcullis::config
