#include "certs/trust.hpp"

#include "certs/distinguished_name.hpp"
#include "certs/error.hpp"
#include "certs/pem_file.hpp"
#include "certs/printable.hpp"
#include "certs/revocation.hpp"
#include "certs/validity.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace portcullis::certs {
namespace {

void report(problems& found, problem::severity level, const char* setting, std::string text) {
    found.push_back({level, setting, std::move(text)});
}

std::string text_of(const X509_NAME* name) {
    return distinguished_name::from(name).to_string();
}

bool is_issued_by(const X509* subject, const X509* issuer) {
    return X509_NAME_cmp(X509_get_issuer_name(subject), X509_get_subject_name(issuer)) == 0;
}

/// An expired CA among valid ones is what a change of CAs leaves behind; if none is valid, nobody can be verified.
void check_authorities_validity(const trust& loaded, const std::string& file, problems& found) {
    const auto valid = [](const x509_ptr& each) { return validity_of(each.get()) == validity::valid; };
    const bool some_valid = std::ranges::any_of(loaded.authorities, valid);
    for (const auto& authority : loaded.authorities) {
        problems ours;
        check_validity(authority.get(), "ssl_ca", file + ": CA " + text_of(X509_get_subject_name(authority.get())),
                       ours);
        for (auto& each : ours) {
            if (some_valid) each.level = problem::severity::warning;
            found.push_back(std::move(each));
        }
    }
}

void check_authority(X509* authority, const trust& loaded, const std::string& file, problems& found) {
    const std::string subject = text_of(X509_get_subject_name(authority));
    if (X509_check_ca(authority) == 0)
        report(found, problem::severity::warning, "ssl_ca",
               file + ": " + subject + " is not a CA certificate, so nothing but itself can be verified with it");
    const auto is_issuer = [&](const x509_ptr& other) { return is_issued_by(authority, other.get()); };
    if (std::ranges::none_of(loaded.authorities, is_issuer))
        report(found, problem::severity::warning, "ssl_ca",
               file + ": the CA that signed " + subject + " (" + text_of(X509_get_issuer_name(authority)) +
                   ") is missing, so nothing can be verified with it: add its certificate up to the root");
    ERR_clear_error();
}

void load_authorities(const std::filesystem::path& file, trust& loaded, problems& found) {
    auto contents = read_public(file, "ssl_ca", found);
    if (!contents) return;
    const std::string name = printable(file.native());
    if (contents->certificates.empty())
        report(
            found, problem::severity::error, "ssl_ca",
            name + " holds " + contents_in_words(*contents) + ", but at least one PEM certificate of a CA is needed");
    loaded.authorities = std::move(contents->certificates);
    for (const auto& authority : loaded.authorities)
        if (X509_STORE_add_cert(loaded.store.get(), authority.get()) != 1)
            report(found, problem::severity::error, "ssl_ca", name + ": OpenSSL refused: " + last_openssl_error());
    check_authorities_validity(loaded, name, found);
    for (const auto& authority : loaded.authorities) check_authority(authority.get(), loaded, name, found);
}

bool has_system_certificates() {
    const auto place = [](const char* variable, const char* otherwise) {
        const char* const chosen = std::getenv(variable);
        return std::filesystem::path(chosen != nullptr ? chosen : otherwise);
    };
    std::error_code ignored;
    if (std::filesystem::is_regular_file(place(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
                                         ignored))
        return true;
    const auto folder = place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
    return std::filesystem::directory_iterator(folder, ignored) != std::filesystem::directory_iterator();
}

void use_system_certificates(trust& loaded, problems& found) {
    if (!has_system_certificates() || X509_STORE_set_default_paths(loaded.store.get()) != 1)
        report(found, problem::severity::error, "ssl_ca",
               "ssl_ca is empty and this system has no certificates of its own in " +
                   std::string(X509_get_default_cert_dir()) + ": set ssl_ca, or install the package ca-certificates");
    ERR_clear_error();
}

}  // namespace

std::optional<pem_contents> read_public(const std::filesystem::path& file, const char* setting, problems& found) {
    auto contents = read_pem_for(setting, file, found);
    if (!contents || !contents->has_private_key()) return contents;
    report(found, problem::severity::error, setting,
           printable(file.native()) +
               " holds a private key, but this file is given to everybody who must trust the CA: take the key out");
    return std::nullopt;
}

trust load_trust(const std::filesystem::path& ca, const std::filesystem::path& crl, problems& found) {
    ERR_clear_error();
    trust loaded;
    loaded.store.reset(X509_STORE_new());
    if (!loaded.store) {
        report(found, problem::severity::error, "ssl_ca", "OpenSSL refused: " + last_openssl_error());
        return loaded;
    }
    if (ca.empty())
        use_system_certificates(loaded, found);
    else
        load_authorities(ca, loaded, found);
    if (!crl.empty()) load_crls(crl, loaded, found);
    return loaded;
}

}  // namespace portcullis::certs
