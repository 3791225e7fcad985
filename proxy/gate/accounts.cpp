#include "proxy/gate/accounts.hpp"

#include "proxy/gate/address_rules.hpp"

#include <algorithm>
#include <stdexcept>

namespace portcullis::gate {
namespace {

/// MySQL's REQUIRE clause: CIPHER implies SSL, ISSUER and SUBJECT imply X509; all that are given must hold.
std::optional<denial> unmet(const config::account& rule, const certs::tls_facts* tls) {
    const bool wants_certificate =
        rule.require == config::requirement::x509 || rule.issuer.has_value() || rule.subject.has_value();
    const bool wants_tls = wants_certificate || rule.require == config::requirement::ssl || !rule.cipher.empty();
    if (wants_tls && tls == nullptr) return denial::tls_required;
    if (!rule.cipher.empty() && tls->cipher != rule.cipher) return denial::cipher_mismatch;
    if (!wants_certificate) return std::nullopt;
    if (!tls->certificate) return denial::certificate_required;
    if (rule.issuer && tls->certificate->issuer != *rule.issuer) return denial::issuer_mismatch;
    if (rule.subject && tls->certificate->subject != *rule.subject) return denial::subject_mismatch;
    return std::nullopt;
}

std::string name_of(const config::account& rule) {
    return "'" + rule.user + "'@'" + rule.host + "'";
}

}  // namespace

std::string client_origin::host() const {
    return address ? address->to_string() : "localhost";
}

account_table::account_table(const config::accounts& settings) : default_require_(settings.default_require) {
    for (const auto& each : settings.rules) {
        auto host = host_pattern::parse(each.host);
        // Dropping the rule would hand its user to a weaker one: better not to start.
        if (!host) throw std::invalid_argument("account " + name_of(each) + ": not a host pattern");
        rules_.push_back({each, *std::move(host)});
    }
    // Equally specific rows keep the file's order, where MySQL leaves it open.
    std::stable_sort(rules_.begin(), rules_.end(), [](const rule& a, const rule& b) {
        if (a.host.more_specific_than(b.host)) return true;
        if (b.host.more_specific_than(a.host)) return false;
        return !a.settings.user.empty() && b.settings.user.empty();
    });
}

const account_table::rule* account_table::find(std::string_view user, const client_origin& from) const {
    const auto found = std::find_if(rules_.begin(), rules_.end(), [&](const rule& each) {
        return (each.settings.user.empty() || each.settings.user == user) && each.host.matches(from);
    });
    return found == rules_.end() ? nullptr : &*found;
}

decision account_table::decide(std::string_view user, const client_origin& from, const certs::tls_facts* tls,
                               bool require_secure_transport) const {
    decision out;
    const auto* found = find(user, from);
    if (found != nullptr) {
        out.account = name_of(found->settings);
        out.max_user_connections = found->settings.max_user_connections;
    } else {
        out.account = "default_require";
    }
    if (require_secure_transport && tls == nullptr && from.address) {
        out.denied = denial::secure_transport;
    } else if (found == nullptr) {
        config::account anybody;
        anybody.require = default_require_;
        out.denied = unmet(anybody, tls);
    } else if (const auto& allowed = found->settings.allow_from;
               !allowed.empty() && !(from.address && is_in(allowed, *from.address))) {
        out.denied = denial::address_not_allowed;
    } else {
        out.denied = unmet(found->settings, tls);
    }
    return out;
}

}  // namespace portcullis::gate
