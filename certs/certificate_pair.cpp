#include "certs/certificate_pair.hpp"

#include "certs/alternative_name.hpp"
#include "certs/distinguished_name.hpp"
#include "certs/pem_file.hpp"
#include "certs/printable.hpp"
#include "certs/secret_file.hpp"
#include "certs/validity.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <string>
#include <utility>

namespace portcullis::certs {
namespace {

constexpr const char* cert_setting = "ssl_cert";
constexpr const char* key_setting = "ssl_key";

void report(problems& found, const char* setting, std::string text) {
    found.push_back({problem::severity::error, setting, std::move(text)});
}

std::string name_of(const std::filesystem::path& file) {
    return printable(file.native());
}

std::string subject_of(const X509* certificate) {
    return distinguished_name::from(X509_get_subject_name(certificate)).to_string();
}

/// A file that holds a key is its owner's alone, whichever setting names it.
std::optional<pem_contents> read(const std::filesystem::path& file, const char* setting, problems& found) {
    auto contents = read_pem_for(setting, file, found);
    if (!contents || !contents->has_private_key() || !contents->open_to_others) return contents;
    report(found, setting, too_open(file, "a private key"));
    return std::nullopt;
}

std::vector<x509_ptr> load_chain(const std::filesystem::path& file, problems& found) {
    auto contents = read(file, cert_setting, found);
    if (!contents) return {};
    if (contents->certificates.empty())
        report(found, cert_setting,
               name_of(file) + " holds " + contents_in_words(*contents) +
                   ", but a PEM certificate (BEGIN CERTIFICATE) is needed");
    return std::move(contents->certificates);
}

/// The certificate at `index` must have signed the one before it.
void check_link(const std::vector<x509_ptr>& chain, std::size_t index, const std::string& file, problems& found) {
    X509* const signer = chain[index].get();
    X509* const signed_one = chain[index - 1].get();
    const bool issued =
        X509_check_issued(signer, signed_one) == X509_V_OK && X509_verify(signed_one, X509_get0_pubkey(signer)) == 1;
    ERR_clear_error();
    if (issued) return;
    report(found, cert_setting,
           file + ": certificate " + std::to_string(index + 1) + " (" + subject_of(signer) +
               ") did not sign certificate " + std::to_string(index) + " (" + subject_of(signed_one) +
               "); the file must hold the server's or client's own certificate first, then the one that signed it, "
               "and so on");
}

void check_purpose(X509* leaf, pair_use use, const std::string& file, problems& found) {
    const int purpose = use == pair_use::server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT;
    if (X509_check_purpose(leaf, purpose, 0) == 1) return;
    ERR_clear_error();
    const char* const word = use == pair_use::server ? "server" : "client";
    report(found, cert_setting,
           file + ": the key usage in this certificate (" + subject_of(leaf) + ") does not allow it to be a TLS " +
               word + "'s; use one made for a " + word + ", as 'portcullis certs make --only " + word + "' does");
}

void check_server_names(X509* leaf, const std::string& file, problems& found) {
    const auto warn = [&](std::string text) {
        found.push_back({problem::severity::warning, cert_setting, std::move(text)});
    };
    if (X509_self_signed(leaf, 0) == 1)
        warn(file +
             " is self-signed: clients can verify it only with this very certificate as their CA, and clients of " +
             "MariaDB 11.4 and later refuse it; better have it signed by a CA");
    else if (alternative_names_of(leaf).empty())
        warn(file +
             " has no subject alternative names: it serves clients that check the CA (VERIFY_CA), but those that " +
             "check the host name (VERIFY_IDENTITY) refuse it");
}

void check_chain(const std::vector<x509_ptr>& chain, pair_use use, const std::string& file, problems& found) {
    for (std::size_t index = 0; index < chain.size(); ++index) {
        const std::string what = index == 0 ? file
                                            : file + ", certificate " + std::to_string(index + 1) + " (" +
                                                  subject_of(chain[index].get()) + ")";
        check_validity(chain[index].get(), cert_setting, what, found);
        if (index > 0) check_link(chain, index, file, found);
    }
    check_purpose(chain.front().get(), use, file, found);
    if (use == pair_use::server) check_server_names(chain.front().get(), file, found);
}

/// Which certificate of the chain the key belongs to; its size if none.
std::size_t owner_of(EVP_PKEY* key, const std::vector<x509_ptr>& chain) {
    const auto match =
        std::ranges::find_if(chain, [&](const x509_ptr& each) { return X509_check_private_key(each.get(), key) == 1; });
    ERR_clear_error();
    return static_cast<std::size_t>(match - chain.begin());
}

void check_match(const loaded_pair& pair, const certificate_pair& files, problems& found) {
    const auto owner = owner_of(pair.key.get(), pair.certificates);
    if (owner == 0) return;
    if (owner == pair.certificates.size())
        report(found, key_setting,
               name_of(files.key) + " is not the key of " + name_of(files.cert) + " (" +
                   subject_of(pair.certificates.front().get()) + "); name the two files of one pair");
    else
        report(found, cert_setting,
               name_of(files.cert) + ": the key in " + name_of(files.key) + " belongs to certificate " +
                   std::to_string(owner + 1) + "; put that one first in the file");
}

}  // namespace

evp_pkey_ptr load_key(const std::filesystem::path& file, problems& found) {
    auto contents = read(file, key_setting, found);
    if (!contents) return nullptr;
    if (contents->encrypted_key) {
        report(found, key_setting,
               name_of(file) +
                   " is protected by a passphrase, which nobody is there to type: decrypt it once with "
                   "'(umask 077; openssl pkey -in " +
                   shell_word(file) + " -out NEW-FILE)'");
        return nullptr;
    }
    if (contents->keys.size() == 1) return std::move(contents->keys.front());
    report(found, key_setting,
           name_of(file) + " holds " + contents_in_words(*contents) + ", but exactly one PEM private key is needed");
    return nullptr;
}

std::optional<loaded_pair> load_pair(const certificate_pair& files, pair_use use, problems& found) {
    problems ours;
    loaded_pair pair;
    if (files.cert.empty())
        report(ours, cert_setting,
               "ssl_key is set (" + name_of(files.key) + ") but ssl_cert is not: name its certificate");
    else
        pair.certificates = load_chain(files.cert, ours);
    if (files.key.empty())
        report(ours, key_setting,
               "ssl_cert is set (" + name_of(files.cert) + ") but ssl_key is not: name its private key");
    else
        pair.key = load_key(files.key, ours);
    if (!pair.certificates.empty()) check_chain(pair.certificates, use, name_of(files.cert), ours);
    if (!pair.certificates.empty() && pair.key) check_match(pair, files, ours);
    const bool usable = !has_errors(ours);
    found.insert(found.end(), std::make_move_iterator(ours.begin()), std::make_move_iterator(ours.end()));
    if (!usable) return std::nullopt;
    return pair;
}

}  // namespace portcullis::certs
