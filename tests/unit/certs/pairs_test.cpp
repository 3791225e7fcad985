#include "tests/unit/certs/make_fixture.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace portcullis::certs {
namespace {

using test::has_error;
using test::has_warning;
using test::words_of;

class Make : public test::make_fixture {};

const std::set<std::string> everything = {"aggregator-cert.pem", "aggregator-key.pem", "ca-cert.pem",
                                          "ca-key.pem",          "client-cert.pem",    "client-key.pem",
                                          "server-cert.pem",     "server-key.pem"};

TEST_F(Make, FillsANewFolder) {
    const auto report = make();
    ASSERT_TRUE(report) << words_of(found_);
    EXPECT_TRUE(found_.empty()) << words_of(found_);
    EXPECT_EQ(files(), everything);
    EXPECT_EQ(report->written.size(), 4U);
    EXPECT_EQ(described("ca-cert.pem").subject, "/O=Portcullis/CN=Portcullis CA");
    EXPECT_EQ(described("client-cert.pem").subject, "/O=Portcullis/CN=portcullis");
    const auto names = described("server-cert.pem").names;
    for (const auto* name : {"DNS:localhost", "IP:127.0.0.1", "IP:::1"})
        EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
    EXPECT_EQ(described("aggregator-cert.pem").names, names);
}

TEST_F(Make, KeysBelongToTheirOwnerAlone) {
    const auto before = ::umask(0);
    EXPECT_TRUE(make()) << words_of(found_);
    ::umask(before);
    for (const auto& name : everything) {
        struct stat status {};
        ASSERT_EQ(::stat((settings_.directory / name).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, name.find("-key") != std::string::npos ? 0600U : 0644U) << name;
    }
}

TEST_F(Make, ASecondTimeChangesNothing) {
    ASSERT_TRUE(make());
    const auto before = contents();
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "already: nothing was written")) << words_of(found_);
    EXPECT_EQ(contents(), before);
}

TEST_F(Make, MissingPairsAreSignedByTheCaThatIsThere) {
    ASSERT_TRUE(make());
    const auto before = contents();
    std::filesystem::remove(settings_.directory / "client-cert.pem");
    std::filesystem::remove(settings_.directory / "client-key.pem");
    const auto report = make();
    ASSERT_TRUE(report) << words_of(found_);
    EXPECT_EQ(report->written.size(), 1U);
    EXPECT_EQ(report->kept.size(), 2U);
    auto after = contents();
    EXPECT_NE(after.at("client-cert.pem"), before.at("client-cert.pem"));
    for (const auto* name : {"ca-cert.pem", "ca-key.pem", "server-cert.pem", "server-key.pem", "aggregator-key.pem"})
        EXPECT_EQ(after.at(name), before.at(name)) << name;
}

TEST_F(Make, HalfAPairIsRefusedWhole) {
    ASSERT_TRUE(make());
    std::filesystem::remove(settings_.directory / "server-key.pem");
    std::filesystem::remove(settings_.directory / "client-cert.pem");
    std::filesystem::remove(settings_.directory / "client-key.pem");
    const auto before = contents();
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "server-cert.pem is there without the other file")) << words_of(found_);
    EXPECT_EQ(contents(), before);
}

TEST_F(Make, OnlyMakesWhatItNames) {
    settings_.only = {part::ca, part::server};
    ASSERT_TRUE(make()) << words_of(found_);
    EXPECT_EQ(files(), (std::set<std::string>{"ca-cert.pem", "ca-key.pem", "server-cert.pem", "server-key.pem"}));
    settings_.only = {part::client};
    ASSERT_TRUE(make()) << words_of(found_);
    EXPECT_TRUE(files().contains("client-cert.pem"));
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "client-cert.pem, client-key.pem already: nothing was written"))
        << words_of(found_);
}

TEST_F(Make, OnlyNeedsACa) {
    settings_.only = {part::server};
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "has no CA that could sign")) << words_of(found_);
    EXPECT_FALSE(std::filesystem::exists(settings_.directory));
}

TEST_F(Make, ACaWithoutItsKeySignsNothing) {
    ASSERT_TRUE(make());
    std::filesystem::remove(settings_.directory / "ca-key.pem");
    settings_.only = {part::server};
    settings_.force = true;
    const auto before = contents();
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "ca-cert.pem but no ca-key.pem")) << words_of(found_);
    EXPECT_EQ(contents(), before);
}

TEST_F(Make, ForceReplacesPairsAndKeepsTheCa) {
    ASSERT_TRUE(make());
    const auto before = contents();
    settings_.force = true;
    ASSERT_TRUE(make()) << words_of(found_);
    const auto after = contents();
    EXPECT_EQ(files(), everything);
    for (const auto& [name, text] : before) EXPECT_EQ(after.at(name) == text, name.starts_with("ca-")) << name;
}

TEST_F(Make, OnlyWithForceReplacesThatAlone) {
    ASSERT_TRUE(make());
    const auto before = contents();
    settings_.force = true;
    settings_.only = {part::server};
    ASSERT_TRUE(make()) << words_of(found_);
    for (const auto& [name, text] : contents()) EXPECT_EQ(before.at(name) != text, name.starts_with("server-")) << name;
}

TEST_F(Make, ANewCaSaysWhatItLeavesBehind) {
    ASSERT_TRUE(make());
    settings_.force = true;
    settings_.only = {part::ca, part::server};
    ASSERT_TRUE(make()) << words_of(found_);
    EXPECT_TRUE(has_warning(found_, "--only", "did not sign aggregator-cert.pem, client-cert.pem")) << words_of(found_);
}

TEST_F(Make, ClientsByName) {
    settings_.client_names = {"app", "back up/1"};
    ASSERT_TRUE(make()) << words_of(found_);
    auto expected = everything;
    expected.insert(
        {"client-app-cert.pem", "client-app-key.pem", "client-back_up_1-cert.pem", "client-back_up_1-key.pem"});
    EXPECT_EQ(files(), expected);
    EXPECT_EQ(described("client-app-cert.pem").subject, "/O=Portcullis/CN=app");
    EXPECT_EQ(described("client-back_up_1-cert.pem").subject, "/O=Portcullis/CN=back up\\/1");

    settings_.client_names = {"alice"};
    settings_.only = {part::client};
    const auto before = contents();
    ASSERT_TRUE(make()) << words_of(found_);
    auto after = contents();
    EXPECT_EQ(after.erase("client-alice-cert.pem") + after.erase("client-alice-key.pem"), 2U);
    EXPECT_EQ(after, before);
}

TEST_F(Make, ForceOnANamedClientReplacesNobodyElse) {
    settings_.client_names = {"app"};
    ASSERT_TRUE(make()) << words_of(found_);
    settings_.force = true;
    const auto before = contents();
    ASSERT_TRUE(make()) << words_of(found_);
    for (const auto& [name, text] : contents())
        EXPECT_EQ(before.at(name) != text, name.starts_with("client-app-")) << name;
}

TEST_F(Make, RefusesArgumentsThatCannotBe) {
    settings_.names = {"db1", "10.0.0.300", "a b"};
    settings_.client_names = {"", "a\nb", "x", "x", std::string(65, 'y')};
    settings_.organization = std::string(65, 'o');
    EXPECT_FALSE(make());
    for (const auto* words : {"'10.0.0.300'", "'a b'"})
        EXPECT_TRUE(has_error(found_, "--san", words)) << words_of(found_);
    for (const auto* words : {"''", "'a\\x0Ab'", "'x' and 'x' would share the file client-x-cert.pem", "'yyy"})
        EXPECT_TRUE(has_error(found_, "--client-name", words)) << words << '\n' << words_of(found_);
    EXPECT_TRUE(has_error(found_, "--organization", "1 to 64 characters")) << words_of(found_);
    EXPECT_FALSE(std::filesystem::exists(settings_.directory));
}

TEST_F(Make, ClientNamesWithoutClientsAreAContradiction) {
    settings_.only = {part::ca, part::server};
    settings_.client_names = {"app"};
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--client-name", "--only leaves them out")) << words_of(found_);
}

TEST_F(Make, NamesReplaceTheDefaults) {
    settings_.names = {"10.0.0.7", "db.example.com"};
    settings_.only = {part::ca, part::server};
    ASSERT_TRUE(make()) << words_of(found_);
    EXPECT_EQ(described("server-cert.pem").names, (std::vector<std::string>{"IP:10.0.0.7", "DNS:db.example.com"}));
    EXPECT_EQ(described("server-cert.pem").subject, "/O=Portcullis/CN=db.example.com");
}

TEST_F(Make, PairsEndWithTheirCa) {
    settings_.ca_days = 10;
    ASSERT_TRUE(make());
    EXPECT_TRUE(has_warning(found_, "--days", "only, when their CA expires")) << words_of(found_);
    EXPECT_EQ(described("server-cert.pem").not_after, described("ca-cert.pem").not_after);
}

TEST_F(Make, TraditionalKeysForOldServers) {
    settings_.key = key_type::rsa_2048;
    settings_.traditional_keys = true;
    settings_.only = {part::ca, part::aggregator};
    ASSERT_TRUE(make()) << words_of(found_);
    EXPECT_TRUE(
        test::read_file(settings_.directory / "aggregator-key.pem").starts_with("-----BEGIN RSA PRIVATE KEY-----"));
}

TEST_F(Make, NeverWritesThroughALink) {
    ASSERT_TRUE(make());
    const auto victim = scratch_.write("victim", "precious");
    std::filesystem::remove(settings_.directory / "server-key.pem");
    std::filesystem::create_symlink(victim, settings_.directory / "server-key.pem");
    settings_.only = {part::server};
    EXPECT_FALSE(make());
    std::filesystem::rename(victim, scratch_ / "elsewhere");
    std::filesystem::remove(settings_.directory / "server-cert.pem");
    EXPECT_FALSE(make()) << "a link to nothing is there as well";
    EXPECT_TRUE(has_error(found_, "--dir", "has server-key.pem already")) << words_of(found_);
    std::filesystem::rename(scratch_ / "elsewhere", victim);
    settings_.force = true;
    ASSERT_TRUE(make()) << words_of(found_);
    EXPECT_EQ(test::read_file(victim), "precious");
    EXPECT_FALSE(std::filesystem::is_symlink(settings_.directory / "server-key.pem"));
}

TEST_F(Make, AFolderThatCannotBeIsTold) {
    scratch_.write("certs", "a file");
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "cannot make the folder")) << words_of(found_);
    settings_.directory = "/proc/certs";
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "--dir", "cannot make the folder /proc/certs")) << words_of(found_);
    settings_.directory.clear();
    EXPECT_FALSE(make());
}

}  // namespace
}  // namespace portcullis::certs
