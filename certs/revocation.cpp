#include "certs/revocation.hpp"

#include "certs/distinguished_name.hpp"
#include "certs/error.hpp"
#include "certs/printable.hpp"
#include "certs/validity.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <utility>

namespace portcullis::certs {
namespace {

void report(problems& found, problem::severity level, std::string text) {
    found.push_back({level, "ssl_crl", std::move(text)});
}

std::string text_of(const X509_NAME* name) {
    return distinguished_name::from(name).to_string();
}

/// A CRL that is not current is not an error: it refuses everybody whom it could have vouched for, which is safe.
void check_crl_time(const X509_CRL* crl, const std::string& file, problems& found) {
    const std::string what = file + ": the CRL of " + text_of(X509_CRL_get_issuer(crl));
    const char* const consequence = "; until then every certificate of that CA is refused";
    const auto* const next = X509_CRL_get0_nextUpdate(crl);
    if (next != nullptr && X509_cmp_current_time(next) <= 0)
        report(found, problem::severity::warning,
               what + " was to be replaced at " + iso8601(next) + ": fetch the current one" + consequence);
    const auto* const last = X509_CRL_get0_lastUpdate(crl);
    if (X509_cmp_current_time(last) >= 0)
        report(found, problem::severity::warning,
               what + " is not valid before " + iso8601(last) + ": check this machine's clock" + consequence);
}

void check_crl_signature(X509_CRL* crl, const trust& loaded, const std::string& file, problems& found) {
    bool issuer_known = false;
    for (const auto& authority : loaded.authorities) {
        if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(authority.get())) != 0) continue;
        issuer_known = true;
        const bool signed_by_it = X509_CRL_verify(crl, X509_get0_pubkey(authority.get())) == 1;
        ERR_clear_error();
        if (signed_by_it) return;
    }
    if (issuer_known)
        report(found, problem::severity::error,
               file + ": the CRL of " + text_of(X509_CRL_get_issuer(crl)) +
                   " was not signed by the CA of that name in ssl_ca: fetch it again, or name the CA that signed it");
}

bool has_crl(const trust& loaded, X509* authority) {
    const bool has = std::ranges::any_of(loaded.crls, [&](const x509_crl_ptr& crl) {
        return X509_NAME_cmp(X509_CRL_get_issuer(crl.get()), X509_get_subject_name(authority)) == 0 &&
               X509_CRL_verify(crl.get(), X509_get0_pubkey(authority)) == 1;
    });
    ERR_clear_error();
    return has;
}

/// An expired CA, or a certificate that is no CA, vouches for nobody: no CRL of it is missed.
bool needs_crl(X509* authority) {
    return X509_check_ca(authority) != 0 && validity_of(authority) != validity::expired;
}

void choose_crl_check(const trust& loaded, const std::string& file, problems& found) {
    unsigned long flags = X509_V_FLAG_CRL_CHECK;
    bool complete = !loaded.authorities.empty();
    for (const auto& authority : loaded.authorities) {
        if (!needs_crl(authority.get()) || has_crl(loaded, authority.get())) continue;
        complete = false;
        report(found, problem::severity::warning,
               file + " has no CRL of " + text_of(X509_get_subject_name(authority.get())) +
                   ": certificates that it signed directly are refused, and whether it revoked a CA below it is not "
                   "checked; add its CRL");
    }
    if (complete) flags |= X509_V_FLAG_CRL_CHECK_ALL;
    X509_STORE_set_flags(loaded.store.get(), flags);
}

}  // namespace

void load_crls(const std::filesystem::path& file, trust& loaded, problems& found) {
    auto contents = read_public(file, "ssl_crl", found);
    if (!contents) return;
    const std::string name = printable(file.native());
    if (contents->crls.empty())
        report(found, problem::severity::error,
               name + " holds " + contents_in_words(*contents) + ", but at least one CRL (BEGIN X509 CRL) is needed");
    loaded.crls = std::move(contents->crls);
    for (const auto& crl : loaded.crls) {
        if (X509_STORE_add_crl(loaded.store.get(), crl.get()) != 1)
            report(found, problem::severity::error, name + ": OpenSSL refused: " + last_openssl_error());
        check_crl_time(crl.get(), name, found);
        check_crl_signature(crl.get(), loaded, name, found);
    }
    if (!loaded.crls.empty()) choose_crl_check(loaded, name, found);
}

}  // namespace portcullis::certs
