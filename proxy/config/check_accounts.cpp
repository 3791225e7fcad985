#include "proxy/config/account_host.hpp"
#include "proxy/config/check.hpp"
#include "proxy/config/reader.hpp"

#include <algorithm>

namespace portcullis::config {
namespace {

std::string path_of(std::size_t index) {
    return "account[" + std::to_string(index) + "]";
}

std::string name_of(const account& rule) {
    return in_quotes(rule.user) + "@" + in_quotes(rule.host);
}

bool wants_tls(const account& rule) {
    return rule.require != requirement::none || !rule.cipher.empty();
}

/// Whether two host parts are one: "10.0.0.1" is "::ffff:10.0.0.1", but a CIDR is not the netmask of the same length,
/// as MySQL keeps both and tries the CIDR first.
bool same_host(const std::string& a, const std::string& b) {
    const auto x = account_host::parse(a);
    const auto y = account_host::parse(b);
    if (!x || !y || x->kind != y->kind) return false;
    const bool is_network = x->kind == account_host::form::literal || x->kind == account_host::form::cidr ||
                            x->kind == account_host::form::netmask;
    return is_network ? x->net == y->net : x->text == y->text;
}

void check_repeated(const std::vector<account>& rules, std::size_t index, const finder& report) {
    const auto& rule = rules[index];
    const auto same = [&](const account& other) { return other.user == rule.user && same_host(other.host, rule.host); };
    const auto end = rules.begin() + static_cast<std::ptrdiff_t>(index);
    const auto first = std::find_if(rules.begin(), end, same);
    if (first == end) return;
    const auto line = report.source.line_of(path_of(static_cast<std::size_t>(first - rules.begin())));
    report.error(path_of(index), "account " + name_of(rule) + ": there is already a rule for it" +
                                     (line != 0 ? " in line " + std::to_string(line) : ""));
}

/// Rules that nobody can meet: they lock out whom they name.
void check_can_be_met(const configuration& settings, const finder& report) {
    const auto& listeners = settings.listeners;
    if (listeners.empty()) return;
    const bool tls =
        std::any_of(listeners.begin(), listeners.end(), [](const auto& each) { return each.offers_tls(); });
    const bool certificates =
        std::any_of(listeners.begin(), listeners.end(), [](const auto& each) { return !each.tls.ca.empty(); });
    const auto lacking = [&](bool ssl, bool x509) -> std::string {
        if (ssl && !tls) return "requires TLS, which no listener offers";
        if (x509 && !certificates) return "requires a client certificate, which no listener asks for (no 'ssl_ca')";
        return {};
    };
    const auto all = settings.accounts.default_require;
    if (const auto what = lacking(all != requirement::none, all == requirement::x509); !what.empty())
        report.warning("accounts.default_require",
                       "default_require " + what + ": users that no [[account]] names cannot log in");
    for (std::size_t i = 0; i < settings.accounts.rules.size(); ++i) {
        const auto& rule = settings.accounts.rules[i];
        if (const auto what = lacking(wants_tls(rule), rule.require == requirement::x509); !what.empty())
            report.warning(path_of(i), "account " + name_of(rule) + " " + what + ": it cannot log in");
    }
}

}  // namespace

void check_accounts(const configuration& settings, const finder& report) {
    for (std::size_t i = 0; i < settings.accounts.rules.size(); ++i) check_repeated(settings.accounts.rules, i, report);
    check_can_be_met(settings, report);
}

void check_timeouts(const configuration& settings, const finder& report) {
    if (settings.timeouts.connect >= settings.timeouts.login)
        report.warning("timeouts.connect",
                       "connect is not shorter than login, so a login has no time left to try a second aggregator");
}

}  // namespace portcullis::config
