#include "certs/authority.hpp"

#include "certs/error.hpp"

#include <openssl/err.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

namespace portcullis::certs {
namespace {

using extension_ptr = std::unique_ptr<X509_EXTENSION, openssl_free<X509_EXTENSION_free>>;

/// Clocks differ: what is made now must be valid on a machine that is a little late.
constexpr long seconds_back = 3600;

/// 128 random bits: unique without a record of what was issued before.
bool set_serial(X509* certificate) {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
    const bignum_ptr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_subject(X509* certificate, const subject_names& subject) {
    const x509_name_ptr name(X509_NAME_new());
    if (!name) return false;
    const auto add = [&](const char* type, const std::string& value) {
        const auto* const bytes = reinterpret_cast<const unsigned char*>(value.data());
        return X509_NAME_add_entry_by_txt(name.get(), type, MBSTRING_UTF8, bytes, static_cast<int>(value.size()), -1,
                                          0) == 1;
    };
    if (!subject.organization.empty() && !add("O", subject.organization)) return false;
    return add("CN", subject.common_name) && X509_set_subject_name(certificate, name.get()) == 1;
}

bool set_times(X509* certificate, int days) {
    return X509_gmtime_adj(X509_getm_notBefore(certificate), -seconds_back) != nullptr &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, nullptr) != nullptr;
}

/// A leaf that outlives its CA would look valid and be refused.
bool limit_times(X509* certificate, const X509* authority) {
    if (ASN1_TIME_compare(X509_get0_notAfter(certificate), X509_get0_notAfter(authority)) > 0 &&
        X509_set1_notAfter(certificate, X509_get0_notAfter(authority)) != 1)
        return false;
    return ASN1_TIME_compare(X509_get0_notBefore(certificate), X509_get0_notBefore(authority)) >= 0 ||
           X509_set1_notBefore(certificate, X509_get0_notBefore(authority)) == 1;
}

bool add_extension(X509* certificate, X509* signer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, signer, certificate, nullptr, nullptr, 0);
    X509V3_set_ctx_nodb(&context);
    const extension_ptr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_names(X509* certificate, const std::vector<alternative_name>& names) {
    if (names.empty()) return true;
    const auto list = to_general_names(names);
    return list && X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

bool add_authority_extensions(X509* certificate) {
    return add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(certificate, certificate, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, certificate, NID_authority_key_identifier, "keyid:always");
}

const char* extended_usage_of(role use) {
    switch (use) {
        case role::server:
            return "serverAuth";
        case role::aggregator:
            return "serverAuth,clientAuth";
        case role::client:
            break;
    }
    return "clientAuth";
}

/// A CA made by the plain openssl recipe has no key identifier to point to.
bool add_authority_key_identifier(X509* certificate, X509* authority) {
    return X509_get0_subject_key_id(authority) == nullptr ||
           add_extension(certificate, authority, NID_authority_key_identifier, "keyid");
}

bool add_leaf_extensions(X509* certificate, X509* authority, role use) {
    // Key encipherment is what an RSA key does in TLS 1.2's RSA key exchange; an ECDSA key cannot.
    const bool is_rsa = EVP_PKEY_is_a(X509_get0_pubkey(certificate), "RSA") == 1;
    return add_extension(certificate, authority, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, authority, NID_key_usage,
                         is_rsa ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature") &&
           add_extension(certificate, authority, NID_ext_key_usage, extended_usage_of(use)) &&
           add_extension(certificate, authority, NID_subject_key_identifier, "hash") &&
           add_authority_key_identifier(certificate, authority);
}

/// With a hash as strong as the key; Ed25519, which a CA of others may have, brings its own.
bool sign(X509* certificate, EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1)
        return X509_sign(certificate, key, nullptr) > 0;
    const bool is_p384 = EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_bits(key) > 256;
    return X509_sign(certificate, key, is_p384 ? EVP_sha384() : EVP_sha256()) > 0;
}

x509_ptr unsigned_certificate(const subject_names& subject, EVP_PKEY* key, int days) {
    x509_ptr certificate(X509_new());
    const bool made = certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                      set_serial(certificate.get()) && set_subject(certificate.get(), subject) &&
                      set_times(certificate.get(), days) && X509_set_pubkey(certificate.get(), key) == 1;
    return made ? std::move(certificate) : nullptr;
}

}  // namespace

boost::system::result<issued_pair> make_authority(const subject_names& subject, key_type type, int days) {
    auto key = generate_key(type);
    if (!key) return key.error();
    issued_pair made{unsigned_certificate(subject, key->get(), days), std::move(*key)};
    X509* const certificate = made.certificate.get();
    if (certificate == nullptr || X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1 ||
        !add_authority_extensions(certificate) || !sign(certificate, made.key.get()))
        return errc::openssl_failed;
    return made;
}

boost::system::result<issued_pair> issue(const issued_pair& authority, role use, const subject_names& subject,
                                         const std::vector<alternative_name>& names, key_type type, int days) {
    auto key = generate_key(type);
    if (!key) return key.error();
    issued_pair made{unsigned_certificate(subject, key->get(), days), std::move(*key)};
    X509* const certificate = made.certificate.get();
    X509* const issuer = authority.certificate.get();
    if (certificate == nullptr || X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
        !limit_times(certificate, issuer) || !add_leaf_extensions(certificate, issuer, use) ||
        !add_names(certificate, names) || !sign(certificate, authority.key.get()))
        return errc::openssl_failed;
    return made;
}

}  // namespace portcullis::certs
