#include "certs/trust.hpp"

#include "tests/unit/certs/blueprint.hpp"
#include "tests/unit/certs/findings.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace portcullis::certs {
namespace {

using test::has_error;
using test::has_warning;
using test::words_of;

constexpr long day = 86400;

class Trust : public testing::Test {
protected:
    trust load(const std::string& ca, const std::string& crl = "") {
        found_.clear();
        folder_.write("ca.pem", ca);
        if (!crl.empty()) folder_.write("crl.pem", crl);
        return load_trust(folder_ / "ca.pem", crl.empty() ? std::filesystem::path() : folder_ / "crl.pem", found_);
    }
    /// How OpenSSL judges a leaf with what has been loaded.
    static std::string verdict(const trust& loaded, const test::built& leaf, const test::built* middle = nullptr) {
        const std::unique_ptr<X509_STORE_CTX, openssl_free<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
        STACK_OF(X509)* const behind = sk_X509_new_null();
        if (middle != nullptr) sk_X509_push(behind, middle->certificate.get());
        X509_STORE_CTX_init(context.get(), loaded.store.get(), leaf.certificate.get(), behind);
        X509_verify_cert(context.get());
        sk_X509_free(behind);
        return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
    }

    const test::scratch_folder folder_;
    const test::built root_ = test::build(test::ca("root"));
    const test::built middle_ = test::build(test::ca("middle"), &root_);
    const test::built leaf_ = test::build(test::client("leaf"), &root_);
    const test::built deep_ = test::build(test::client("deep"), &middle_);
    problems found_;
};

TEST_F(Trust, InACaVerifiesWhatItSigned) {
    const auto loaded = load(root_.cert_pem());
    EXPECT_TRUE(found_.empty()) << words_of(found_);
    EXPECT_EQ(verdict(loaded, leaf_), "ok");
    EXPECT_EQ(verdict(loaded, deep_, &middle_), "ok");
    EXPECT_EQ(verdict(loaded, test::build(test::client("x"))), "self-signed certificate");
}

TEST_F(Trust, NeedsCertificates) {
    load("");
    EXPECT_TRUE(has_error(found_, "ssl_ca", "ca.pem holds nothing in PEM, but at least one PEM certificate of a CA"))
        << words_of(found_);
    load(test::crl_pem(root_));
    EXPECT_TRUE(has_error(found_, "ssl_ca", "holds a CRL, but")) << words_of(found_);
    found_.clear();
    static_cast<void>(load_trust(folder_ / "missing.pem", "", found_));
    EXPECT_TRUE(has_error(found_, "ssl_ca", "missing.pem does not exist")) << words_of(found_);
    found_.clear();
    static_cast<void>(load_trust(folder_.path(), "", found_));
    EXPECT_TRUE(has_error(found_, "ssl_ca", "is a directory")) << words_of(found_);
}

TEST_F(Trust, IsNotGivenAwayWithAKey) {
    load(root_.cert_pem() + root_.key_pem());
    EXPECT_TRUE(has_error(found_, "ssl_ca", "take the key out")) << words_of(found_);
    load(root_.cert_pem(), test::crl_pem(root_) + root_.key_pem());
    EXPECT_TRUE(has_error(found_, "ssl_crl", "take the key out")) << words_of(found_);
}

TEST_F(Trust, InAnExpiredCaIsAnErrorUnlessAnotherIsValid) {
    auto plan = test::ca("old");
    plan.valid_from = -10 * day;
    plan.valid_until = -day;
    const auto old = test::build(plan);
    load(old.cert_pem());
    EXPECT_TRUE(has_error(found_, "ssl_ca", "CA /CN=old expired")) << words_of(found_);
    load(old.cert_pem() + root_.cert_pem());
    EXPECT_FALSE(has_errors(found_)) << words_of(found_);
    EXPECT_TRUE(has_warning(found_, "ssl_ca", "CA /CN=old expired")) << words_of(found_);
}

TEST_F(Trust, InWhatIsNoCaIsTold) {
    load(root_.cert_pem() + leaf_.cert_pem());
    EXPECT_TRUE(has_warning(found_, "ssl_ca", "/CN=leaf is not a CA certificate")) << words_of(found_);
    EXPECT_FALSE(has_errors(found_));
}

TEST_F(Trust, InACaWithoutItsRootIsTold) {
    const auto loaded = load(middle_.cert_pem());
    EXPECT_TRUE(has_warning(found_, "ssl_ca", "the CA that signed /CN=middle (/CN=root) is missing"))
        << words_of(found_);
    EXPECT_NE(verdict(loaded, deep_), "ok");
}

TEST_F(Trust, TakesTheSameCaTwice) {
    const auto loaded = load(root_.cert_pem() + root_.cert_pem());
    EXPECT_TRUE(found_.empty()) << words_of(found_);
    EXPECT_EQ(verdict(loaded, leaf_), "ok");
}

TEST_F(Trust, EndsWithARevocation) {
    const auto loaded = load(root_.cert_pem(), test::crl_pem(root_, {{&leaf_}}));
    EXPECT_TRUE(found_.empty()) << words_of(found_);
    EXPECT_EQ(verdict(loaded, leaf_), "certificate revoked");
    EXPECT_EQ(verdict(loaded, test::build(test::client("x"), &root_)), "ok");
    EXPECT_EQ(verdict(loaded, deep_, &middle_), "unable to get certificate CRL")
        << "nobody says that it is not revoked";
}

TEST_F(Trust, ReadsEveryCrlOfAFile) {
    const auto crls = test::crl_pem(root_, {{&leaf_}}) + test::crl_pem(middle_, {{&deep_}});
    const auto loaded = load(root_.cert_pem() + middle_.cert_pem(), crls);
    EXPECT_TRUE(found_.empty()) << words_of(found_);
    EXPECT_EQ(loaded.crls.size(), 2U);
    EXPECT_EQ(verdict(loaded, leaf_), "certificate revoked");
    EXPECT_EQ(verdict(loaded, deep_, &middle_), "certificate revoked");
    EXPECT_EQ(verdict(loaded, test::build(test::client("x"), &middle_), &middle_), "ok");
}

TEST_F(Trust, ChecksRevokedCasWhereEveryCaHasACrl) {
    const auto crls = test::crl_pem(root_, {{&middle_}}) + test::crl_pem(middle_);
    EXPECT_EQ(verdict(load(root_.cert_pem(), crls), deep_, &middle_), "certificate revoked");
    EXPECT_TRUE(found_.empty()) << words_of(found_);
}

TEST_F(Trust, WithoutTheRootsCrlChecksTheLeafAlone) {
    const auto loaded = load(root_.cert_pem() + middle_.cert_pem(), test::crl_pem(middle_, {{&deep_}}));
    EXPECT_TRUE(has_warning(found_, "ssl_crl", "crl.pem has no CRL of /CN=root")) << words_of(found_);
    EXPECT_EQ(verdict(loaded, deep_, &middle_), "certificate revoked");
    EXPECT_EQ(verdict(loaded, test::build(test::client("x"), &middle_), &middle_), "ok");
    EXPECT_EQ(verdict(loaded, leaf_), "unable to get certificate CRL");
}

TEST_F(Trust, ACrlOutOfDateIsToldAndRefuses) {
    const auto loaded = load(root_.cert_pem(), test::crl_pem(root_, {{}, -2 * day, -day}));
    EXPECT_TRUE(has_warning(found_, "ssl_crl", "the CRL of /CN=root was to be replaced at 20")) << words_of(found_);
    EXPECT_EQ(verdict(loaded, leaf_), "CRL has expired");
    load(root_.cert_pem(), test::crl_pem(root_, {{}, day, 2 * day}));
    EXPECT_TRUE(has_warning(found_, "ssl_crl", "is not valid before 20")) << words_of(found_);
}

TEST_F(Trust, AForgedCrlIsRefused) {
    load(root_.cert_pem(), test::crl_pem(test::build(test::ca("root"))));
    EXPECT_TRUE(has_error(found_, "ssl_crl", "was not signed by the CA of that name")) << words_of(found_);
}

TEST_F(Trust, NeedsCrlsInTheCrlFile) {
    load(root_.cert_pem(), root_.cert_pem());
    EXPECT_TRUE(has_error(found_, "ssl_crl", "holds a certificate, but at least one CRL")) << words_of(found_);
    load(root_.cert_pem(), "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n");
    EXPECT_TRUE(has_error(found_, "ssl_crl", "is damaged: block 1 (X509 CRL)")) << words_of(found_);
}

/// SSL_CERT_FILE is where OpenSSL looks first.
TEST_F(Trust, IsTheSystemsWithoutAFile) {
    ASSERT_EQ(::setenv("SSL_CERT_FILE", folder_.write("system.pem", root_.cert_pem()).c_str(), 1), 0);
    const auto loaded = load_trust("", "", found_);
    EXPECT_TRUE(found_.empty()) << words_of(found_);
    EXPECT_TRUE(loaded.authorities.empty());
    EXPECT_EQ(verdict(loaded, leaf_), "ok");
    ASSERT_EQ(::setenv("SSL_CERT_FILE", (folder_ / "none.pem").c_str(), 1), 0);
    ASSERT_EQ(::setenv("SSL_CERT_DIR", (folder_ / "none").c_str(), 1), 0);
    static_cast<void>(load_trust("", "", found_));
    EXPECT_TRUE(has_error(found_, "ssl_ca", "install the package ca-certificates")) << words_of(found_);
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("SSL_CERT_DIR");
}

}  // namespace
}  // namespace portcullis::certs
