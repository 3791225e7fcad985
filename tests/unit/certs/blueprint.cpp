#include "tests/unit/certs/blueprint.hpp"

#include <openssl/pem.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/stat.h>

namespace portcullis::certs::test {
namespace {

void require(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(what);
}

long next_serial() {
    static long last = 1000;
    return ++last;
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(length)};
}

void add_extensions(X509* certificate, X509* issuer, const std::map<int, std::string>& extensions) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    for (const auto& [nid, text] : extensions) {
        X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, text.c_str());
        require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "extension");
        X509_EXTENSION_free(extension);
    }
}

void set_subject(X509* certificate, const std::string& common_name) {
    X509_NAME* const name = X509_get_subject_name(certificate);
    const auto* const bytes = reinterpret_cast<const unsigned char*>(common_name.data());
    require(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, static_cast<int>(common_name.size()), -1, 0) == 1,
        "subject");
}

}  // namespace

blueprint ca(std::string common_name) {
    blueprint plan;
    plan.common_name = std::move(common_name);
    plan.extensions = {{NID_basic_constraints, "critical,CA:TRUE"},
                       {NID_key_usage, "critical,keyCertSign,cRLSign"},
                       {NID_subject_key_identifier, "hash"}};
    return plan;
}

blueprint server(std::string common_name, std::string alternative_names) {
    blueprint plan;
    plan.common_name = std::move(common_name);
    plan.extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                       {NID_ext_key_usage, "serverAuth"},
                       {NID_subject_alt_name, std::move(alternative_names)}};
    return plan;
}

blueprint client(std::string common_name) {
    blueprint plan;
    plan.common_name = std::move(common_name);
    plan.extensions = {{NID_basic_constraints, "critical,CA:FALSE"}, {NID_ext_key_usage, "clientAuth"}};
    return plan;
}

blueprint version_1(std::string common_name) {
    blueprint plan;
    plan.common_name = std::move(common_name);
    plan.version = 1;
    return plan;
}

evp_pkey_ptr ecdsa_key(const char* curve) {
    return evp_pkey_ptr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}

evp_pkey_ptr rsa_key(unsigned bits) {
    return evp_pkey_ptr(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{bits}));
}

std::string built::cert_pem() const {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(bio.get(), certificate.get()) == 1, "PEM");
    return text_of(bio.get());
}

std::string built::key_pem() const {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM");
    return text_of(bio.get());
}

built build(const blueprint& plan, const built* issuer, evp_pkey_ptr key) {
    built made{x509_ptr(X509_new()), std::move(key)};
    X509* const certificate = made.certificate.get();
    X509* const signer = issuer != nullptr ? issuer->certificate.get() : certificate;
    require(X509_set_version(certificate, plan.version - 1) == 1, "version");
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), plan.serial != 0 ? plan.serial : next_serial());
    X509_gmtime_adj(X509_getm_notBefore(certificate), plan.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), plan.valid_until);
    set_subject(certificate, plan.common_name);
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509_set_pubkey(certificate, made.key.get());
    if (plan.version == 3) add_extensions(certificate, signer, plan.extensions);
    require(X509_sign(certificate, issuer != nullptr ? issuer->key.get() : made.key.get(),
                      plan.digest != nullptr ? EVP_get_digestbyname(plan.digest) : nullptr) > 0,
            "signature");
    return made;
}

std::string crl_pem(const built& issuer, const crl_blueprint& plan) {
    const x509_crl_ptr crl(X509_CRL_new());
    X509_CRL_set_version(crl.get(), 1);
    X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.get()));
    ASN1_TIME* const time = ASN1_TIME_new();
    X509_CRL_set1_lastUpdate(crl.get(), X509_gmtime_adj(time, plan.last_update));
    X509_CRL_set1_nextUpdate(crl.get(), X509_gmtime_adj(time, plan.next_update));
    X509_gmtime_adj(time, -60);
    for (const auto* each : plan.revoked) {
        X509_REVOKED* const entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(each->certificate.get()));
        X509_REVOKED_set_revocationDate(entry, time);
        X509_CRL_add0_revoked(crl.get(), entry);
    }
    ASN1_TIME_free(time);
    X509_CRL_sort(crl.get());
    require(X509_CRL_sign(crl.get(), issuer.key.get(), EVP_sha256()) > 0, "CRL");
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509_CRL(bio.get(), crl.get()) == 1, "PEM");
    return text_of(bio.get());
}

scratch_folder::scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "portcullis-certs-XXXXXX").native();
    require(::mkdtemp(name.data()) != nullptr, "mkdtemp");
    path_ = name;
}

scratch_folder::~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path scratch_folder::write(std::string_view name, std::string_view text, unsigned mode) const {
    auto file = path_ / name;
    std::ofstream(file, std::ios::binary) << text;
    ::chmod(file.c_str(), mode);
    return file;
}

std::filesystem::path scratch_folder::write_key(std::string_view name, const built& pair) const {
    return write(name, pair.key_pem(), 0600);
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace portcullis::certs::test
