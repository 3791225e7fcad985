#include "certs/describe.hpp"

#include "certs/error.hpp"
#include "tests/unit/certs/blueprint.hpp"

#include <gtest/gtest.h>

namespace portcullis::certs {
namespace {

TEST(Describe, TellsOfEveryCertificateInOrder) {
    const test::scratch_folder folder;
    const auto root = test::build(test::ca("root"), nullptr, test::rsa_key());
    auto plan = test::server("db1", "DNS:db1.example.com,IP:10.0.0.1,IP:::1,URI:spiffe://x,email:a@b");
    plan.serial = 0xABCDEF;
    const auto leaf = test::build(plan, &root, test::ecdsa_key("P-384"));
    const auto described = describe_file(folder.write("chain.pem", leaf.cert_pem() + root.cert_pem())).value();
    ASSERT_EQ(described.size(), 2U);
    EXPECT_EQ(described[0].subject, "/CN=db1");
    EXPECT_EQ(described[0].issuer, "/CN=root");
    EXPECT_EQ(described[0].serial, "ABCDEF");
    EXPECT_EQ(described[0].key, "ECDSA P-384");
    EXPECT_EQ(described[0].signature, "sha256WithRSAEncryption");
    EXPECT_EQ(described[0].names, (std::vector<std::string>{"DNS:db1.example.com", "IP:10.0.0.1", "IP:::1",
                                                            "URI:spiffe://x", "email:a@b"}));
    EXPECT_EQ(described[0].purposes, std::vector<std::string>{"serverAuth"});
    EXPECT_FALSE(described[0].is_ca);
    EXPECT_EQ(described[0].fingerprint.size(), 95U);
    EXPECT_EQ(described[1].key, "RSA 2048");
    EXPECT_TRUE(described[1].is_ca);
    EXPECT_TRUE(described[1].names.empty());
}

TEST(Describe, CountsDaysFromNow) {
    const test::scratch_folder folder;
    auto plan = test::version_1("old");
    plan.valid_from = -10L * 86400;
    plan.valid_until = -3600;
    const auto expired = describe_file(folder.write("cert.pem", test::build(plan).cert_pem())).value().front();
    EXPECT_EQ(expired.days_left, -1);
    EXPECT_EQ(expired.version, 1);
    plan.valid_until = 3600;
    EXPECT_EQ(describe_file(folder.write("cert.pem", test::build(plan).cert_pem())).value().front().days_left, 0);
    plan.valid_until = 2L * 86400 + 60;
    EXPECT_EQ(describe_file(folder.write("cert.pem", test::build(plan).cert_pem())).value().front().days_left, 2);
}

TEST(Describe, HidesNoControlCharacters) {
    const test::scratch_folder folder;
    const auto evil = test::build(test::server("a\x1B[2J", "DNS:b\x1B[0m"));
    const auto described = describe_file(folder.write("cert.pem", evil.cert_pem())).value().front();
    EXPECT_EQ(described.subject, "/CN=a\\x1B[2J");
    EXPECT_EQ(described.names, std::vector<std::string>{"DNS:b\\x1B[0m"});
}

TEST(Describe, FailsWithAReason) {
    const test::scratch_folder folder;
    const auto pair = test::build(test::server("db1"));
    EXPECT_EQ(describe_file(folder / "missing").error(), boost::system::errc::no_such_file_or_directory);
    EXPECT_EQ(describe_file(folder.path()).error(), boost::system::errc::is_a_directory);
    EXPECT_EQ(describe_file(folder.write_key("key.pem", pair)).error(), errc::no_certificate);
    EXPECT_EQ(describe_file(folder.write("cut.pem", pair.cert_pem().substr(0, 200))).error(), errc::damaged_pem);
}

}  // namespace
}  // namespace portcullis::certs
