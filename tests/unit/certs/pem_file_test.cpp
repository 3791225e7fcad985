#include "certs/pem_file.hpp"

#include "certs/error.hpp"
#include "tests/unit/certs/blueprint.hpp"
#include "tests/unit/certs/findings.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <sys/stat.h>

namespace portcullis::certs {
namespace {

using namespace std::string_literals;

TEST(PemFile, SortsWhatItHolds) {
    const test::scratch_folder folder;
    const auto root = test::build(test::ca("root"));
    const auto leaf = test::build(test::server("leaf"), &root);
    const auto file =
        folder.write("all.pem",
                     "A comment\n" + leaf.cert_pem() + root.cert_pem() + test::crl_pem(root) + leaf.key_pem() +
                         "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
                     0640);
    const auto contents = read_pem(file).value();
    EXPECT_EQ(contents.certificates.size(), 2U);
    EXPECT_EQ(X509_cmp(contents.certificates[0].get(), leaf.certificate.get()), 0);
    EXPECT_EQ(contents.crls.size(), 1U);
    EXPECT_EQ(contents.keys.size(), 1U);
    EXPECT_EQ(contents.others, std::vector{"CERTIFICATE REQUEST"s});
    EXPECT_TRUE(contents.damage.empty());
    EXPECT_TRUE(contents.open_to_others);
    EXPECT_EQ(contents_in_words(contents), "2 certificates, a CRL, a private key and a block CERTIFICATE REQUEST");
}

TEST(PemFile, IsNotADirectoryPipeOrDevice) {
    const test::scratch_folder folder;
    EXPECT_EQ(read_pem(folder.path()).error(), boost::system::errc::is_a_directory);
    const auto pipe = folder / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(read_pem(pipe).error(), errc::not_a_regular_file) << "and nobody waited for a writer";
    EXPECT_EQ(read_pem("/dev/zero").error(), errc::not_a_regular_file);
}

TEST(PemFile, HasAUsableNameAndSize) {
    const test::scratch_folder folder;
    EXPECT_EQ(read_pem("").error(), errc::bad_path);
    EXPECT_EQ(read_pem(folder / "a.pem\0b"s).error(), errc::bad_path);
    EXPECT_EQ(read_pem(folder / "missing.pem").error(), boost::system::errc::no_such_file_or_directory);
    const auto large = folder.write("large.pem", "");
    std::filesystem::resize_file(large, (64U << 20U) + 1);
    EXPECT_EQ(read_pem(large).error(), errc::file_too_large);
}

TEST(PemFile, IsFoundThroughLinks) {
    const test::scratch_folder folder;
    const auto root = test::build(test::ca("root"));
    folder.write("ca-2026.pem", root.cert_pem());
    std::filesystem::create_symlink("ca-2026.pem", folder / "ca.pem");
    EXPECT_EQ(read_pem(folder / "ca.pem").value().certificates.size(), 1U);
}

TEST(PemFile, SaysWhichBlockIsDamaged) {
    const test::scratch_folder folder;
    const auto root = test::build(test::ca("root"));
    const auto good = root.cert_pem();
    auto cut = good.substr(0, good.size() / 2);
    auto flipped = good;
    flipped[40] = flipped[40] == 'A' ? 'B' : 'A';
    EXPECT_EQ(read_pem(folder.write("cut.pem", good + cut)).value().damage, "block 2");
    EXPECT_FALSE(read_pem(folder.write("flipped.pem", flipped)).value().damage.empty());
    EXPECT_EQ(read_pem(folder.write("wrong.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"))
                  .value()
                  .damage,
              "block 1 (CERTIFICATE)");
    EXPECT_EQ(read_pem(folder.write("base64.pem", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"))
                  .value()
                  .damage,
              "block 1");
}

TEST(PemFile, BytesBehindACertificateAreDamage) {
    const test::scratch_folder folder;
    const auto root = test::build(test::ca("root"));
    unsigned char* der = nullptr;
    const int length = i2d_X509(root.certificate.get(), &der);
    const openssl_bytes_ptr owner(der);
    auto bytes = std::string(der, der + length) + '\0';
    const bio_ptr bio(BIO_new_file((folder / "long.pem").c_str(), "w"));
    ASSERT_GT(PEM_write_bio(bio.get(), "CERTIFICATE", "", reinterpret_cast<unsigned char*>(bytes.data()), length + 1),
              0);
    ASSERT_EQ(BIO_flush(bio.get()), 1);
    EXPECT_EQ(read_pem(folder / "long.pem").value().damage, "block 1 (CERTIFICATE)");
}

TEST(PemFile, WithoutPemSaysWhatItIs) {
    const test::scratch_folder folder;
    EXPECT_EQ(contents_in_words(read_pem(folder.write("empty.pem", "")).value()), "nothing in PEM");
    EXPECT_EQ(contents_in_words(read_pem(folder.write("text.pem", "hello\n")).value()), "nothing in PEM");
    EXPECT_EQ(contents_in_words(read_pem(folder.write("der.pem", "\x30\x82\x01\x01"s)).value()),
              "binary DER instead of PEM");
}

TEST(PemFile, CarriageReturnsDoNoHarm) {
    const test::scratch_folder folder;
    const auto root = test::build(test::ca("root"));
    std::string text;
    for (const char each : root.cert_pem()) text += each == '\n' ? "\r\n"s : std::string(1, each);
    EXPECT_EQ(read_pem(folder.write("dos.pem", text)).value().certificates.size(), 1U);
}

TEST(PemFile, FailuresNameTheFileAndTheRemedy) {
    const test::scratch_folder folder;
    problems found;
    EXPECT_FALSE(read_pem_for("ssl_ca", folder / "missing.pem", found));
    EXPECT_TRUE(test::has_error(found, "ssl_ca", "missing.pem does not exist")) << test::words_of(found);
    EXPECT_FALSE(read_pem_for("ssl_ca", folder.path(), found));
    EXPECT_TRUE(test::has_error(found, "ssl_ca", "is a directory: name the PEM file")) << test::words_of(found);
}

}  // namespace
}  // namespace portcullis::certs
