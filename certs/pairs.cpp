#include "certs/pairs.hpp"

#include "certs/authority.hpp"
#include "certs/certificate_pair.hpp"
#include "certs/distinguished_name.hpp"
#include "certs/error.hpp"
#include "certs/new_files.hpp"
#include "certs/pem_file.hpp"
#include "certs/pem_text.hpp"
#include "certs/plan.hpp"
#include "certs/printable.hpp"
#include "certs/validity.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <string>
#include <utility>

namespace portcullis::certs {
namespace {

/// The CA that signs, and what a leaf's file holds behind the leaf.
struct signer {
    issued_pair own;
    std::vector<x509_ptr> intermediates;  ///< ca-cert.pem without roots, which every peer has already
};

void report(problems& found, std::string text) {
    found.push_back({problem::severity::error, "--dir", std::move(text)});
}

void report_openssl(problems& found) {
    report(found, "OpenSSL refused: " + last_openssl_error() + "; nothing was written");
}

void check_signer(X509* certificate, EVP_PKEY* key, const std::filesystem::path& file, problems& found) {
    const std::string name = printable(file.native());
    check_validity(certificate, "--dir", name, found);
    if (X509_check_ca(certificate) == 0)
        report(found, name + " is not the certificate of a CA, so nothing that it signs would be believed");
    if (X509_check_private_key(certificate, key) != 1)
        report(found, name + " and ca-key.pem beside it do not belong together");
    ERR_clear_error();
}

std::optional<signer> existing_authority(const std::filesystem::path& directory, problems& found) {
    const auto file = directory / cert_file_of("ca");
    problems ours;
    signer authority;
    auto contents = read_pem_for("--dir", file, ours);
    if (contents && contents->certificates.empty())
        report(ours,
               printable(file.native()) + " holds " + contents_in_words(*contents) + " instead of a CA's certificate");
    authority.own.key = load_key(directory / key_file_of("ca"), ours);
    if (!has_errors(ours)) {
        auto& certificates = contents->certificates;
        authority.own.certificate = std::move(certificates.front());
        check_signer(authority.own.certificate.get(), authority.own.key.get(), file, ours);
        if (X509_self_signed(authority.own.certificate.get(), 0) != 1) {
            X509_up_ref(authority.own.certificate.get());
            authority.intermediates.emplace_back(authority.own.certificate.get());
        }
        for (std::size_t index = 1; index < certificates.size(); ++index)
            if (X509_self_signed(certificates[index].get(), 0) != 1)
                authority.intermediates.push_back(std::move(certificates[index]));
    }
    const bool usable = !has_errors(ours);
    for (auto& each : ours) {
        each.setting = "--dir";
        found.push_back(std::move(each));
    }
    if (!usable) return std::nullopt;
    return authority;
}

/// What is to be written, and the report of it.
struct output {
    std::vector<new_file> files;
    make_report report;

    output() = default;
    output(const output&) = delete;
    output& operator=(const output&) = delete;
    ~output() {
        for (auto& file : files)
            if (file.secret) OPENSSL_cleanse(file.text.data(), file.text.size());
    }
};

bool add(output& out, const make_settings& settings, const std::string& base, const issued_pair& pair,
         const std::vector<x509_ptr>& intermediates) {
    new_file cert{settings.directory / cert_file_of(base), pem_of(pair.certificate.get()), false};
    for (const auto& each : intermediates) cert.text += pem_of(each.get());
    new_file key{settings.directory / key_file_of(base), pem_of(pair.key.get(), settings.traditional_keys), true};
    if (cert.text.empty() || key.text.empty()) return false;
    out.report.written.push_back(
        {cert.path, key.path, distinguished_name::from(X509_get_subject_name(pair.certificate.get())).to_string(),
         iso8601(X509_get0_notAfter(pair.certificate.get())), alternative_names_of(pair.certificate.get())});
    // The key first: should the last step be cut short, a key without certificate serves nobody, and is noticed.
    out.files.push_back(std::move(key));
    out.files.push_back(std::move(cert));
    return true;
}

void warn_if_cut(const make_settings& settings, const signer& authority, problems& found) {
    const auto* const end = X509_get0_notAfter(authority.own.certificate.get());
    if (days_until(end) >= settings.days) return;
    found.push_back({problem::severity::warning, "--days",
                     "the pairs are valid until " + iso8601(end) + " only, when their CA expires, and not for " +
                         std::to_string(settings.days) + " days: --only ca --force makes a new CA"});
}

bool fill(output& out, const make_settings& settings, const make_plan& plan, problems& found) {
    std::optional<signer> authority;
    if (plan.new_authority) {
        auto made =
            make_authority({settings.organization, authority_common_name(settings)}, settings.key, settings.ca_days);
        if (made) authority = signer{std::move(*made), {}};
        if (!made || !add(out, settings, "ca", authority->own, {})) {
            report_openssl(found);
            return false;
        }
    } else {
        authority = existing_authority(settings.directory, found);
        if (!authority) return false;
    }
    if (!plan.pairs.empty()) warn_if_cut(settings, *authority, found);
    for (const auto& each : plan.pairs) {
        const auto made = issue(authority->own, each.use, {settings.organization, each.common_name}, each.names,
                                settings.key, settings.days);
        if (made && add(out, settings, each.base, *made, authority->intermediates)) continue;
        report_openssl(found);
        return false;
    }
    return true;
}

}  // namespace

std::optional<make_report> make_pairs(const make_settings& settings, problems& found) {
    ERR_clear_error();
    const auto plan = plan_pairs(settings, found);
    if (!plan) return std::nullopt;
    output out;
    out.report.kept = plan->kept;
    if (!fill(out, settings, *plan, found)) return std::nullopt;
    if (!write_all(settings.directory, out.files, settings.force, "--dir", found)) return std::nullopt;
    return std::move(out.report);
}

}  // namespace portcullis::certs
