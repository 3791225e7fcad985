#include "certs/describe.hpp"

#include "certs/alternative_name.hpp"
#include "certs/distinguished_name.hpp"
#include "certs/error.hpp"
#include "certs/pem_file.hpp"
#include "certs/printable.hpp"
#include "certs/validity.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <array>

namespace portcullis::certs {
namespace {

using key_usage_ptr = std::unique_ptr<EXTENDED_KEY_USAGE, openssl_free<EXTENDED_KEY_USAGE_free>>;

std::string key_of(const X509* certificate) {
    EVP_PKEY* const key = X509_get0_pubkey(certificate);
    if (key == nullptr) return "unknown";
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        std::array<char, 64> group{};
        if (EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1) return "ECDSA";
        const char* const nist = EC_curve_nid2nist(OBJ_txt2nid(group.data()));
        return std::string("ECDSA ") + (nist != nullptr ? nist : group.data());
    }
    const char* const type = EVP_PKEY_get0_type_name(key);
    std::string name = type == nullptr ? "unknown" : type;
    if (EVP_PKEY_is_a(key, "RSA") != 1 && EVP_PKEY_is_a(key, "RSA-PSS") != 1) return name;
    return name + " " + std::to_string(EVP_PKEY_get_bits(key));
}

std::vector<std::string> purposes_of(const X509* certificate) {
    const key_usage_ptr usages(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
    std::vector<std::string> purposes;
    for (int index = 0; index < sk_ASN1_OBJECT_num(usages.get()); ++index) {
        std::array<char, 80> text{};
        const ASN1_OBJECT* const usage = sk_ASN1_OBJECT_value(usages.get(), index);
        const int nid = OBJ_obj2nid(usage);
        if (nid == NID_undef) OBJ_obj2txt(text.data(), static_cast<int>(text.size()), usage, 1);
        purposes.emplace_back(nid == NID_undef ? text.data() : OBJ_nid2sn(nid));
    }
    return purposes;
}

std::string fingerprint_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned length = 0;
    if (X509_digest(certificate, EVP_sha256(), hash.data(), &length) != 1) return {};
    const openssl_string_ptr text(OPENSSL_buf2hexstr(hash.data(), static_cast<long>(length)));
    return text ? text.get() : std::string();
}

certificate_description description_of(X509* certificate) {
    certificate_description described;
    described.subject = distinguished_name::from(X509_get_subject_name(certificate)).to_string();
    described.issuer = distinguished_name::from(X509_get_issuer_name(certificate)).to_string();
    described.serial = serial_of(certificate);
    described.not_before = iso8601(X509_get0_notBefore(certificate));
    described.not_after = iso8601(X509_get0_notAfter(certificate));
    described.days_left = days_until(X509_get0_notAfter(certificate));
    described.key = key_of(certificate);
    described.signature = OBJ_nid2ln(X509_get_signature_nid(certificate));
    described.version = static_cast<int>(X509_get_version(certificate)) + 1;
    described.is_ca = X509_check_ca(certificate) != 0;
    described.names = alternative_names_of(certificate);
    described.purposes = purposes_of(certificate);
    described.fingerprint = fingerprint_of(certificate);
    return described;
}

}  // namespace

std::string serial_of(const X509* certificate) {
    const bignum_ptr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    const openssl_string_ptr text(number ? BN_bn2hex(number.get()) : nullptr);
    return text ? text.get() : std::string();
}

boost::system::result<std::vector<certificate_description>> describe_file(const std::filesystem::path& file) {
    const auto contents = read_pem(file);
    if (!contents) return contents.error();
    if (!contents->damage.empty()) return errc::damaged_pem;
    if (contents->certificates.empty()) return errc::no_certificate;
    std::vector<certificate_description> described;
    for (const auto& certificate : contents->certificates) described.push_back(description_of(certificate.get()));
    ERR_clear_error();
    return described;
}

}  // namespace portcullis::certs
