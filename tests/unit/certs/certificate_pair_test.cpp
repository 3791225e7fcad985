#include "certs/certificate_pair.hpp"

#include "certs/use_pairs.hpp"
#include "tests/unit/certs/blueprint.hpp"
#include "tests/unit/certs/findings.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>

namespace portcullis::certs {
namespace {

using test::has_error;
using test::has_warning;
using test::words_of;

constexpr long day = 86400;

/// A root, and a folder to put a pair into.
class Pair : public testing::Test {
protected:
    problems load(const certificate_pair& files, pair_use use = pair_use::server) {
        problems found;
        loaded_ = load_pair(files, use, found).has_value();
        EXPECT_EQ(loaded_, !has_errors(found)) << words_of(found);
        return found;
    }
    certificate_pair write(const test::built& pair, const std::string& behind = "") const {
        return {folder_.write("cert.pem", pair.cert_pem() + behind), folder_.write_key("key.pem", pair)};
    }
    problems load_built(const test::blueprint& plan, pair_use use = pair_use::server) {
        return load(write(test::build(plan, &root_)), use);
    }

    const test::scratch_folder folder_;
    const test::built root_ = test::build(test::ca("root"));
    bool loaded_ = false;
};

TEST_F(Pair, OfAServerLoadsInSilence) {
    EXPECT_EQ(words_of(load_built(test::server("db1"))), "nothing was reported");
    EXPECT_TRUE(loaded_);
}

TEST_F(Pair, OfAClientLoadsInSilence) {
    EXPECT_EQ(words_of(load_built(test::client("app"), pair_use::client)), "nothing was reported");
    EXPECT_TRUE(loaded_);
}

TEST_F(Pair, OfThePlainRecipeLoadsOnBothSides) {
    const auto found = load_built(test::version_1("db1"));
    EXPECT_TRUE(loaded_);
    EXPECT_TRUE(has_warning(found, "ssl_cert", "no subject alternative names")) << words_of(found);
    EXPECT_EQ(words_of(load_built(test::version_1("app"), pair_use::client)), "nothing was reported");
}

TEST_F(Pair, SelfSignedLoadsWithAWarning) {
    const auto found = load(write(test::build(test::server("db1"))));
    EXPECT_TRUE(loaded_);
    EXPECT_TRUE(has_warning(found, "ssl_cert", "self-signed")) << words_of(found);
}

TEST_F(Pair, MayBeOneFile) {
    const auto pair = test::build(test::server("db1"), &root_);
    const auto file = folder_.write("both.pem", pair.key_pem() + pair.cert_pem(), 0600);
    EXPECT_EQ(words_of(load({file, file})), "nothing was reported");
    folder_.write("both.pem", pair.key_pem() + pair.cert_pem(), 0644);
    EXPECT_TRUE(has_error(load({file, file}), "ssl_cert", "chmod 600"));
}

TEST_F(Pair, NeedsBothFiles) {
    EXPECT_TRUE(has_error(load({"cert.pem", ""}), "ssl_key", "ssl_cert is set (cert.pem) but ssl_key is not"));
    EXPECT_TRUE(has_error(load({"", "key.pem"}), "ssl_cert", "ssl_key is set (key.pem) but ssl_cert is not"));
}

TEST_F(Pair, ReportsBothFilesAtOnce) {
    const auto found = load({folder_ / "no-cert.pem", folder_ / "no-key.pem"});
    EXPECT_TRUE(has_error(found, "ssl_cert", "no-cert.pem does not exist")) << words_of(found);
    EXPECT_TRUE(has_error(found, "ssl_key", "no-key.pem does not exist")) << words_of(found);
}

TEST_F(Pair, KeyOpenToOthersIsRefusedWithTheChmod) {
    auto files = write(test::build(test::server("db1"), &root_));
    for (const unsigned mode : {0640U, 0604U, 0644U, 0620U, 0660U, 0610U}) {
        std::filesystem::permissions(files.key, std::filesystem::perms{mode});
        const auto found = load(files);
        EXPECT_TRUE(has_error(found, "ssl_key", "chmod 600 " + files.key.native()))
            << std::oct << mode << words_of(found);
    }
    for (const unsigned mode : {0600U, 0400U, 0700U}) {
        std::filesystem::permissions(files.key, std::filesystem::perms{mode});
        EXPECT_EQ(words_of(load(files)), "nothing was reported") << std::oct << mode;
    }
}

TEST_F(Pair, EncryptedKeyIsRefusedWithoutAPrompt) {
    const auto pair = test::build(test::server("db1"), &root_);
    for (const bool traditional : {false, true}) {
        const bio_ptr bio(BIO_new(BIO_s_mem()));
        const auto write_key = traditional ? PEM_write_bio_PrivateKey_traditional : PEM_write_bio_PrivateKey;
        ASSERT_EQ(
            write_key(bio.get(), pair.key.get(), EVP_aes_256_cbc(), nullptr, 0, nullptr, const_cast<char*>("secret")),
            1);
        char* data = nullptr;
        const auto length = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &data));
        auto files = write(pair);
        folder_.write("key.pem", {data, length}, 0600);
        EXPECT_TRUE(has_error(load(files), "ssl_key", "passphrase"));
    }
}

TEST_F(Pair, KeyOfAnotherCertificateIsRefused) {
    auto files = write(test::build(test::server("db1"), &root_));
    folder_.write_key("key.pem", test::build(test::server("db2"), &root_));
    EXPECT_TRUE(has_error(load(files), "ssl_key", "is not the key of"));
    folder_.write_key("key.pem", test::build(test::server("db2"), &root_, test::rsa_key()));
    EXPECT_TRUE(has_error(load(files), "ssl_key", "is not the key of"));
}

TEST_F(Pair, FilesInEachOthersPlaceAreTold) {
    const auto files = write(test::build(test::server("db1"), &root_));
    const auto found = load({files.key, files.cert});
    EXPECT_TRUE(has_error(found, "ssl_cert", "holds a private key, but a PEM certificate")) << words_of(found);
    EXPECT_TRUE(has_error(found, "ssl_key", "holds a certificate, but exactly one PEM private key")) << words_of(found);
}

TEST_F(Pair, ExpiredIsRefusedAndExpiringSoonIsTold) {
    auto plan = test::server("db1");
    plan.valid_from = -10 * day;
    plan.valid_until = -day;
    EXPECT_TRUE(has_error(load_built(plan), "ssl_cert", "cert.pem expired at 20"));
    plan.valid_until = 10 * day + 600;
    EXPECT_TRUE(has_warning(load_built(plan), "ssl_cert", "in 10 days: replace it soon"));
    EXPECT_TRUE(loaded_);
    plan.valid_until = 31 * day;
    EXPECT_EQ(words_of(load_built(plan)), "nothing was reported");
    plan.valid_from = day;
    EXPECT_TRUE(has_error(load_built(plan), "ssl_cert", "is not valid before 20"));
}

TEST_F(Pair, OfTheOtherSideIsRefused) {
    EXPECT_TRUE(has_error(load_built(test::client("app")), "ssl_cert", "does not allow it to be a TLS server's"));
    EXPECT_TRUE(has_error(load_built(test::server("db1"), pair_use::client), "ssl_cert", "TLS client's"));
    EXPECT_TRUE(has_error(load_built(test::ca("sub")), "ssl_cert", "TLS server's")) << "a CA signs and serves nobody";
    auto both = test::server("db1");
    both.extensions[NID_ext_key_usage] = "serverAuth,clientAuth";
    EXPECT_EQ(words_of(load_built(both, pair_use::client)), "nothing was reported");
}

TEST_F(Pair, ChainIsLeafFirst) {
    const auto middle = test::build(test::ca("middle"), &root_);
    const auto leaf = test::build(test::server("db1"), &middle);
    auto files = write(leaf, middle.cert_pem());
    EXPECT_EQ(words_of(load(files)), "nothing was reported");
    files = write(leaf, middle.cert_pem() + root_.cert_pem());
    EXPECT_EQ(words_of(load(files)), "nothing was reported");
    files = write(leaf, root_.cert_pem() + middle.cert_pem());
    EXPECT_TRUE(has_error(load(files), "ssl_cert", "certificate 2 (/CN=root) did not sign certificate 1 (/CN=db1)"));
    folder_.write("cert.pem", middle.cert_pem() + leaf.cert_pem());
    EXPECT_TRUE(has_error(load(files), "ssl_cert", "belongs to certificate 2; put that one first"));
}

TEST_F(Pair, ChainOfANamesakeCaIsRefused) {
    const auto namesake = test::build(test::ca("root"));
    auto files = write(test::build(test::server("db1"), &root_), namesake.cert_pem());
    EXPECT_TRUE(has_error(load(files), "ssl_cert", "did not sign certificate 1"));
}

TEST_F(Pair, ExpiredIntermediateIsRefused) {
    auto plan = test::ca("middle");
    plan.valid_from = -10 * day;
    plan.valid_until = -day;
    const auto middle = test::build(plan, &root_);
    const auto found = load(write(test::build(test::server("db1"), &middle), middle.cert_pem()));
    EXPECT_TRUE(has_error(found, "ssl_cert", "certificate 2 (/CN=middle) expired")) << words_of(found);
}

TEST_F(Pair, OfATypeThatIsTakenIsRefused) {
    const auto first = test::build(test::server("db1"), &root_);
    const auto second = test::build(test::server("db2"), &root_, test::ecdsa_key("P-384"));
    const std::vector<certificate_pair> pairs = {
        {folder_.write("1.pem", first.cert_pem()), folder_.write_key("1-key.pem", first)},
        {folder_.write("2.pem", second.cert_pem()), folder_.write_key("2-key.pem", second)}};
    const ssl_ctx_ptr context(SSL_CTX_new(TLS_server_method()));
    problems found;
    use_pairs(context.get(), pairs, pair_use::server, found);
    EXPECT_TRUE(has_error(found, "ssl_cert", "has the same type of key (EC) as")) << words_of(found);
}

TEST_F(Pair, TooWeakForOpenSslIsTold) {
    const auto weak = test::build(test::server("db1"), &root_, test::rsa_key(1024));
    const ssl_ctx_ptr context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_security_level(context.get(), 2);
    problems found;
    use_pairs(context.get(), {write(weak)}, pair_use::server, found);
    EXPECT_TRUE(has_error(found, "ssl_cert", "security level 2: ee key too small")) << words_of(found);
}

TEST_F(Pair, WithoutUsablePemIsTold) {
    const auto files = write(test::build(test::server("db1"), &root_));
    for (const auto* text : {"", "hello", "-----BEGIN CERTIFICATE-----\n"}) {
        folder_.write("cert.pem", text);
        load(files);
        EXPECT_FALSE(loaded_);
    }
    folder_.write("cert.pem", "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n");
    EXPECT_TRUE(has_error(load(files), "ssl_cert", "holds a block CERTIFICATE REQUEST, but a PEM certificate"));
}

}  // namespace
}  // namespace portcullis::certs
