#include "certs/authority.hpp"

#include "certs/describe.hpp"
#include "tests/unit/certs/blueprint.hpp"

#include <gtest/gtest.h>

namespace portcullis::certs {
namespace {

using words = std::vector<std::string>;

/// The judgement of OpenSSL in its strict mode, which holds certificates to RFC 5280.
int strict_verdict(const issued_pair& authority, const issued_pair& leaf, int purpose) {
    const x509_store_ptr store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), authority.certificate.get());
    const std::unique_ptr<X509_STORE_CTX, openssl_free<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), leaf.certificate.get(), nullptr);
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context.get()), X509_V_FLAG_X509_STRICT);
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

std::vector<alternative_name> names() {
    return {parse_alternative_name("db1.example.com").value(), parse_alternative_name("::1").value()};
}

certificate_description description_of(const issued_pair& pair) {
    const test::scratch_folder folder;
    const test::built copy{x509_ptr(X509_dup(pair.certificate.get())), nullptr};
    return describe_file(folder.write("cert.pem", copy.cert_pem())).value().front();
}

class EveryKeyType : public testing::TestWithParam<key_type> {};

TEST_P(EveryKeyType, MakesCertificatesThatVerifyStrictly) {
    const auto authority = make_authority({"Example", "Example CA"}, GetParam(), 100).value();
    const auto server = issue(authority, role::server, {"Example", "db1"}, names(), GetParam(), 10).value();
    EXPECT_EQ(strict_verdict(authority, server, X509_PURPOSE_SSL_SERVER), X509_V_OK);
    EXPECT_EQ(strict_verdict(authority, server, X509_PURPOSE_SSL_CLIENT), X509_V_ERR_INVALID_PURPOSE);
    EXPECT_EQ(X509_check_private_key(server.certificate.get(), server.key.get()), 1);
}

INSTANTIATE_TEST_SUITE_P(Authority, EveryKeyType,
                         testing::Values(key_type::rsa_2048, key_type::rsa_3072, key_type::ecdsa_p256,
                                         key_type::ecdsa_p384));

TEST(Authority, GivesEachRoleItsPurpose) {
    const auto authority = make_authority({"", "CA"}, key_type::ecdsa_p256, 100).value();
    const auto of = [&](role use) {
        return issue(authority, use, {"", "x"}, names(), key_type::ecdsa_p256, 10).value();
    };
    EXPECT_EQ(description_of(of(role::server)).purposes, (words{"serverAuth"}));
    EXPECT_EQ(description_of(of(role::aggregator)).purposes, (words{"serverAuth", "clientAuth"}));
    EXPECT_EQ(description_of(of(role::client)).purposes, (words{"clientAuth"}));
    EXPECT_TRUE(description_of(authority).purposes.empty());
}

TEST(Authority, WritesWhatWasAsked) {
    const auto authority = make_authority({"Ex/ample", "CA"}, key_type::ecdsa_p384, 100).value();
    const auto made =
        description_of(issue(authority, role::server, {"Ex/ample", "db1"}, names(), key_type::rsa_2048, 10).value());
    EXPECT_EQ(made.subject, "/O=Ex\\/ample/CN=db1");
    EXPECT_EQ(made.issuer, "/O=Ex\\/ample/CN=CA");
    EXPECT_EQ(made.names, (words{"DNS:db1.example.com", "IP:::1"}));
    EXPECT_EQ(made.key, "RSA 2048");
    EXPECT_EQ(made.signature, "ecdsa-with-SHA384");
    EXPECT_EQ(made.version, 3);
    EXPECT_FALSE(made.is_ca);
    EXPECT_NEAR(static_cast<double>(made.days_left), 9.5, 0.5) << "whole days";
    EXPECT_GE(made.serial.size(), 24U) << "128 random bits have seldom this many zeros in front";
    const auto root = description_of(authority);
    EXPECT_TRUE(root.is_ca);
    EXPECT_EQ(root.key, "ECDSA P-384");
}

TEST(Authority, GivesEachCertificateAnotherSerial) {
    const auto authority = make_authority({"", "CA"}, key_type::ecdsa_p256, 100).value();
    const auto serial = [&] {
        return description_of(issue(authority, role::client, {"", "x"}, {}, key_type::ecdsa_p256, 10).value()).serial;
    };
    EXPECT_NE(serial(), serial());
}

TEST(Authority, NoLeafOutlivesItsCa) {
    const auto authority = make_authority({"", "CA"}, key_type::ecdsa_p256, 5).value();
    const auto leaf = issue(authority, role::client, {"", "x"}, {}, key_type::ecdsa_p256, 500).value();
    EXPECT_EQ(description_of(leaf).not_after, description_of(authority).not_after);
}

TEST(Authority, UsageFollowsTheKeyAndNoLeafIsACa) {
    const auto authority = make_authority({"", "CA"}, key_type::ecdsa_p256, 100).value();
    const auto usage = [&](key_type type) {
        return X509_get_key_usage(
            issue(authority, role::server, {"", "x"}, names(), type, 10).value().certificate.get());
    };
    EXPECT_EQ(usage(key_type::rsa_2048), std::uint32_t{KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT});
    EXPECT_EQ(usage(key_type::ecdsa_p256), std::uint32_t{KU_DIGITAL_SIGNATURE});
    const auto leaf = issue(authority, role::server, {"", "x"}, names(), key_type::ecdsa_p256, 10).value();
    EXPECT_EQ(X509_get_extension_flags(leaf.certificate.get()) & (EXFLAG_CA | EXFLAG_BCONS),
              std::uint32_t{EXFLAG_BCONS});
    EXPECT_EQ(X509_get_key_usage(authority.certificate.get()), std::uint32_t{KU_KEY_CERT_SIGN | KU_CRL_SIGN});
}

TEST(KeyTypes, AreKnownByTheirNames) {
    for (const auto type :
         {key_type::rsa_2048, key_type::rsa_3072, key_type::rsa_4096, key_type::ecdsa_p256, key_type::ecdsa_p384})
        EXPECT_EQ(parse_key_type(to_string(type)).value(), type);
    EXPECT_EQ(parse_key_type("RSA:2048").value(), key_type::rsa_2048);
    EXPECT_EQ(parse_key_type("ecdsa:p-384").value(), key_type::ecdsa_p384);
    for (const auto* text : {"", "rsa", "rsa:1024", "ecdsa:P-521", "ed25519", "rsa:2048 "})
        EXPECT_TRUE(parse_key_type(text).has_error()) << text;
}

}  // namespace
}  // namespace portcullis::certs
