#include "certs/effective.hpp"

#include "certs/error.hpp"
#include "tests/unit/certs/tls_fixture.hpp"

#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

namespace portcullis::certs {
namespace {

using words = std::vector<std::string>;

const words default_suites = {"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"};

class Effective : public test::tls_fixture {
protected:
    std::string server_versions(const char* list) {
        only(list);
        contexts();
        return effective_of_server(server_context_.get()).versions.to_string();
    }
    std::string client_versions(const char* list) {
        only(list);
        contexts();
        return effective_of_client(client_context_.get()).versions.to_string();
    }
};

TEST_F(Effective, VersionsOfAServerAreTheList) {
    for (const auto* list :
         {"TLSv1", "TLSv1.2", "TLSv1.3", "TLSv1.2,TLSv1.3", "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3", "TLSv1.1,TLSv1.3"})
        EXPECT_EQ(server_versions(list), list);
}

TEST_F(Effective, VersionsOfAClientAreTheListAboveItsGap) {
    for (const auto* list : {"TLSv1", "TLSv1.2", "TLSv1.3", "TLSv1.2,TLSv1.3", "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3"})
        EXPECT_EQ(client_versions(list), list);
    EXPECT_EQ(client_versions("TLSv1.1,TLSv1.3"), "TLSv1.3");
    EXPECT_EQ(client_versions("TLSv1,TLSv1.2,TLSv1.3"), "TLSv1.2,TLSv1.3");
}

TEST_F(Effective, SuitesComeInTheServersOrder) {
    server_.ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256";
    contexts();
    auto expected = default_suites;
    expected.insert(expected.end(), {"ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256"});
    EXPECT_EQ(effective_of_server(server_context_.get()).suites, expected)
        << "without an RSA pair no RSA suite is of use";
}

TEST_F(Effective, SuitesOfAClientComeInItsOrder) {
    client_.ciphers = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256";
    client_.ciphersuites = "TLS_AES_128_GCM_SHA256";
    contexts();
    EXPECT_EQ(effective_of_client(client_context_.get()).suites,
              (words{"TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"}));
}

TEST_F(Effective, ShowsWhenNothingIsLeft) {
    only("TLSv1.2");
    server_.ciphers = "ECDHE-RSA-AES128-GCM-SHA256";  // and the pair is ECDSA
    contexts();
    const auto policy = effective_of_server(server_context_.get());
    EXPECT_TRUE(policy.versions.empty());
    EXPECT_TRUE(policy.suites.empty());
    EXPECT_TRUE(effective_of_server(nullptr).versions.empty());
    EXPECT_TRUE(effective_of_client(nullptr).versions.empty());
}

TEST_F(Effective, AskingLeavesNoTrace) {
    server_.ca = client_.ca;
    contexts();
    static int sessions;
    sessions = 0;
    SSL_CTX_sess_set_new_cb(client_context_.get(), [](SSL*, SSL_SESSION*) {
        ++sessions;
        return 0;
    });
    static_cast<void>(effective_of_client(client_context_.get()));
    static_cast<void>(effective_of_server(server_context_.get()));
    EXPECT_EQ(sessions, 0);
    EXPECT_EQ(last_openssl_error(), "");
    EXPECT_EQ(SSL_CTX_get_verify_mode(client_context_.get()), SSL_VERIFY_PEER);
    EXPECT_TRUE(connect().shake());
}

/// Only where this program was started with the system policy that the next test writes.
TEST_F(Effective, DISABLED_UnderASystemPolicy) {
    const ssl_ctx_ptr plain(SSL_CTX_new(TLS_method()));
    ASSERT_EQ(SSL_CTX_get_min_proto_version(plain.get()), TLS1_3_VERSION) << "the policy is in force";
    ASSERT_NE(SSL_CTX_get_options(plain.get()) & SSL_OP_NO_TLSv1_2, 0U) << "the policy is in force";
    for (const auto* list : {"TLSv1", "TLSv1.2", "TLSv1.2,TLSv1.3", "TLSv1.1,TLSv1.2"}) {
        EXPECT_EQ(server_versions(list), list);
        EXPECT_EQ(client_versions(list), list);
    }
    EXPECT_EQ(SSL_CTX_get_options(client_context_.get()) & SSL_OP_LEGACY_SERVER_CONNECT, 0U);
    EXPECT_EQ(SSL_CTX_get_options(client_context_.get()) & SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION, 0U);
}

TEST_F(Effective, AnExplicitListOverridesTheSystemsPolicy) {
    const auto policy = folder_.write("openssl.cnf",
                                      "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = policy\n"
                                      "[policy]\nMinProtocol = TLSv1.3\nProtocol = -TLSv1.2\n"
                                      "CipherString = ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=2\n"
                                      "Options = UnsafeLegacyServerConnect, UnsafeLegacyRenegotiation\n");
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::setenv("OPENSSL_CONF", policy.c_str(), 1);
        ::execl("/proc/self/exe", "test_certs", "--gtest_also_run_disabled_tests", "--gtest_brief=1",
                "--gtest_filter=Effective.DISABLED_UnderASystemPolicy", nullptr);
        ::_exit(127);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace portcullis::certs
