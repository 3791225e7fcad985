#include "tests/unit/certs/make_fixture.hpp"

#include <gtest/gtest.h>

namespace portcullis::certs {
namespace {

using test::has_error;
using test::words_of;

/// A CA that somebody else made.
class ForeignCa : public test::make_fixture {
protected:
    ForeignCa() {
        std::filesystem::create_directory(settings_.directory);
        settings_.only = {part::server};
    }
    void put(const test::built& authority, const std::string& behind = "") const {
        write("ca-cert.pem", authority.cert_pem() + behind, 0644);
        write("ca-key.pem", authority.key_pem(), 0600);
    }
    void write(const char* name, const std::string& text, unsigned mode) const {
        scratch_.write(std::string("certs/") + name, text, mode);
    }
};

TEST_F(ForeignCa, OfThePlainRecipeSigns) {
    const auto authority = test::build(test::version_1("old CA"), nullptr, test::rsa_key());
    put(authority);
    ASSERT_TRUE(make()) << words_of(found_);
    EXPECT_EQ(described("server-cert.pem").issuer, "/CN=old CA");
}

TEST_F(ForeignCa, WithAnEd25519KeySigns) {
    auto plan = test::ca("modern");
    plan.digest = nullptr;
    put(test::build(plan, nullptr, evp_pkey_ptr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))));
    ASSERT_TRUE(make()) << words_of(found_);
    EXPECT_EQ(described("server-cert.pem").signature, "ED25519");
}

TEST_F(ForeignCa, BelowARootIsPutBehindTheLeaf) {
    const auto root = test::build(test::ca("root"));
    put(test::build(test::ca("department"), &root), root.cert_pem());
    ASSERT_TRUE(make()) << words_of(found_);
    const auto chain = describe_file(settings_.directory / "server-cert.pem").value();
    ASSERT_EQ(chain.size(), 2U);
    EXPECT_EQ(chain[0].issuer, "/CN=department");
    EXPECT_EQ(chain[1].subject, "/CN=department");
}

TEST_F(ForeignCa, ThatCannotSignIsRefused) {
    auto expired = test::ca("old");
    expired.valid_until = -60;
    put(test::build(expired));
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "ca-cert.pem expired")) << words_of(found_);

    put(test::build(test::server("no CA")));
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "is not the certificate of a CA")) << words_of(found_);

    put(test::build(test::ca("one")));
    write("ca-key.pem", test::build(test::ca("other")).key_pem(), 0600);
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "do not belong together")) << words_of(found_);

    put(test::build(test::ca("one")));
    std::filesystem::permissions(settings_.directory / "ca-key.pem", std::filesystem::perms{0644});
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "chmod 600")) << words_of(found_);

    write("ca-cert.pem", "no PEM", 0644);
    std::filesystem::permissions(settings_.directory / "ca-key.pem", std::filesystem::perms{0600});
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "holds nothing in PEM instead of a CA's certificate")) << words_of(found_);
    EXPECT_EQ(files(), (std::set<std::string>{"ca-cert.pem", "ca-key.pem"})) << "and nothing was left behind";
}

}  // namespace
}  // namespace portcullis::certs
