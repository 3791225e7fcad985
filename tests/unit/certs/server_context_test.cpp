#include "certs/server_context.hpp"

#include "certs/error.hpp"
#include "certs/peer_identity.hpp"
#include "tests/unit/certs/tls_fixture.hpp"

namespace portcullis::certs {
namespace {

using test::has_error;
using test::has_warning;
using test::words_of;

/// A client that would agree to anything.
ssl_ctx_ptr willing_client() {
    ssl_ctx_ptr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
    return context;
}

class ServerContext : public test::tls_fixture {
protected:
    ssl_ctx_ptr make() {
        found_.clear();
        auto context = make_server_context(server_, found_);
        EXPECT_EQ(context != nullptr, !has_errors(found_)) << words_of(found_);
        EXPECT_EQ(last_openssl_error(), "") << "nothing of ours is left for the next connection";
        return context;
    }
    /// "TLSv1.2" or "" where no handshake is possible.
    std::string speaks(SSL_CTX* server, int lowest, int highest) const {
        const auto client = willing_client();
        SSL_CTX_set_min_proto_version(client.get(), lowest);
        SSL_CTX_set_max_proto_version(client.get(), highest);
        test::connection connection(client.get(), server);
        return connection.shake() ? SSL_get_version(connection.client.get()) : "";
    }
};

TEST_F(ServerContext, IsMadeInSilence) {
    EXPECT_TRUE(make());
    EXPECT_EQ(words_of(found_), "nothing was reported");
}

TEST_F(ServerContext, SpeaksExactlyTheVersionsOfTheList) {
    constexpr std::array protocols = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    for (unsigned mask = 1; mask < 16; ++mask) {
        server_.versions = {};
        for (unsigned bit = 0; bit < 4; ++bit)
            if ((mask & (1U << bit)) != 0) server_.versions.insert(static_cast<tls_version>(bit));
        const auto context = make();
        ASSERT_TRUE(context) << words_of(found_);
        for (unsigned bit = 0; bit < 4; ++bit)
            EXPECT_EQ(speaks(context.get(), protocols[bit], protocols[bit]).empty(), (mask & (1U << bit)) == 0)
                << server_.versions.to_string() << " bit " << bit;
        EXPECT_EQ(has_warning(found_, "tls_version", "RFC 8996"), (mask & 3U) != 0) << words_of(found_);
    }
}

TEST_F(ServerContext, ChoosesTheHighestOfAListWithAGap) {
    server_.versions = tls_version_set::parse("TLSv1.1,TLSv1.3").value();
    const auto context = make();
    EXPECT_EQ(speaks(context.get(), TLS1_VERSION, TLS1_3_VERSION), "TLSv1.3");
    EXPECT_EQ(speaks(context.get(), TLS1_VERSION, TLS1_2_VERSION), "TLSv1.1");
}

TEST_F(ServerContext, LowersTheSecurityLevelOnlyForOldVersions) {
    const auto context = make();
    const int usual = SSL_CTX_get_security_level(context.get());
    EXPECT_GT(usual, 0);
    server_.versions = tls_version_set::parse("TLSv1,TLSv1.2").value();
    EXPECT_EQ(SSL_CTX_get_security_level(make().get()), 0);
    server_.versions = tls_version_set::parse("TLSv1.2").value();
    EXPECT_EQ(SSL_CTX_get_security_level(make().get()), usual);
}

TEST_F(ServerContext, NeedsAVersion) {
    server_.versions = {};
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "tls_version", "names no version")) << words_of(found_);
}

TEST_F(ServerContext, NeedsAPair) {
    server_.pairs.clear();
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "ssl_cert", "at least one certificate")) << words_of(found_);
}

TEST_F(ServerContext, ReportsEverythingAtOnce) {
    server_.pairs.front().key = folder_ / "no-key.pem";
    server_.ca = folder_ / "no-ca.pem";
    server_.crl = folder_ / "no-crl.pem";
    server_.ciphers = "NOPE";
    server_.ciphersuites = "NOPE";
    EXPECT_FALSE(make());
    for (const auto* setting : {"ssl_key", "ssl_ca", "ssl_crl", "ssl_cipher", "tls_ciphersuites"})
        EXPECT_TRUE(has_error(found_, setting, "")) << setting << '\n' << words_of(found_);
}

TEST_F(ServerContext, HasForwardSecrecyUnlessOldVersionsAreAskedFor) {
    const auto agreed = [&](const char* list) {
        const auto context = make();
        const auto client = willing_client();
        SSL_CTX_set_max_proto_version(client.get(), TLS1_2_VERSION);
        SSL_CTX_set_cipher_list(client.get(), list);
        test::connection connection(client.get(), context.get());
        return connection.shake();
    };
    server_.pairs = {write_pair("rsa", test::build(test::server("db1"), &root_, test::rsa_key()))};
    EXPECT_TRUE(agreed("ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"));
    for (const auto* list :
         {"AES128-GCM-SHA256:@SECLEVEL=0", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0", "AES256-SHA:@SECLEVEL=0"})
        EXPECT_FALSE(agreed(list)) << list;
    server_.versions = tls_version_set::parse("TLSv1,TLSv1.2").value();
    EXPECT_TRUE(agreed("AES256-SHA:@SECLEVEL=0"));
    EXPECT_TRUE(agreed("DHE-RSA-AES256-SHA:@SECLEVEL=0"));
}

TEST_F(ServerContext, NeverTalksWithoutAuthenticationOrEncryption) {
    server_.versions = tls_version_set::parse("TLSv1.2,TLSv1").value();
    server_.ciphers = "ALL:COMPLEMENTOFALL:eNULL:aNULL:@SECLEVEL=0";
    const auto context = make();
    ASSERT_TRUE(context) << words_of(found_);
    for (const auto* list : {"aNULL:@SECLEVEL=0", "eNULL:@SECLEVEL=0"}) {
        const auto client = willing_client();
        SSL_CTX_set_max_proto_version(client.get(), TLS1_2_VERSION);
        ASSERT_EQ(SSL_CTX_set_cipher_list(client.get(), list), 1);
        test::connection connection(client.get(), context.get());
        EXPECT_FALSE(connection.shake()) << list;
    }
}

TEST_F(ServerContext, TellsWordsThatSelectNothing) {
    server_.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:NOPE:!RC4:TLS_AES_128_GCM_SHA256";
    EXPECT_TRUE(make());
    EXPECT_TRUE(has_warning(found_, "ssl_cipher", "'NOPE' selects no cipher")) << words_of(found_);
    EXPECT_TRUE(has_warning(found_, "ssl_cipher", "'TLS_AES_128_GCM_SHA256' is a suite of TLS 1.3"))
        << words_of(found_);
    EXPECT_EQ(found_.size(), 2U) << words_of(found_);
    server_.ciphers = "DEFAULT:@SECLEVEL=0";
    EXPECT_TRUE(make());
    EXPECT_TRUE(has_warning(found_, "ssl_cipher", "lowers OpenSSL's security level")) << words_of(found_);
}

TEST_F(ServerContext, SpeaksOnlyTheSuitesOfTheList) {
    server_.ciphersuites = "TLS_CHACHA20_POLY1305_SHA256";
    const auto context = make();
    const auto client = willing_client();
    test::connection connection(client.get(), context.get());
    ASSERT_TRUE(connection.shake());
    EXPECT_EQ(facts_of(connection.server.get()).cipher, "TLS_CHACHA20_POLY1305_SHA256");
}

TEST_F(ServerContext, ServesRsaAndEcdsaSideBySide) {
    server_.pairs.push_back(write_pair("rsa", test::build(test::server("rsa"), &root_, test::rsa_key())));
    const auto context = make();
    ASSERT_TRUE(context) << words_of(found_);
    const auto client = willing_client();
    SSL_CTX_set_max_proto_version(client.get(), TLS1_2_VERSION);
    for (const auto& [list, name] :
         {std::pair{"ECDHE-RSA-AES128-GCM-SHA256", "/CN=rsa"}, std::pair{"ECDHE-ECDSA-AES128-GCM-SHA256", "/CN=db1"}}) {
        ASSERT_EQ(SSL_CTX_set_cipher_list(client.get(), list), 1);
        test::connection connection(client.get(), context.get());
        ASSERT_TRUE(connection.shake());
        const auto* const shown = SSL_get0_peer_certificate(connection.client.get());
        EXPECT_EQ(distinguished_name::from(X509_get_subject_name(shown)).to_string(), name);
    }
}

class Chain : public ServerContext {
protected:
    /// How many certificates a client is shown.
    int length() {
        const auto context = make();
        EXPECT_TRUE(context) << words_of(found_);
        const auto client = willing_client();
        test::connection connection(client.get(), context.get());
        EXPECT_TRUE(connection.shake());
        return sk_X509_num(SSL_get_peer_cert_chain(connection.client.get()));
    }
    const test::built middle_ = test::build(test::ca("middle"), &root_);
    const test::built leaf_ = test::build(test::server("deep"), &middle_);
};

TEST_F(Chain, IsSentAsTheFileHoldsIt) {
    server_.pairs = {write_pair("deep", leaf_, middle_.cert_pem())};
    EXPECT_EQ(length(), 2);
    server_.pairs = {write_pair("deep", leaf_, middle_.cert_pem() + root_.cert_pem())};
    EXPECT_EQ(length(), 3);
    server_.ca = client_.ca;
    server_.pairs = {write_pair("deep", leaf_, middle_.cert_pem())};
    EXPECT_EQ(length(), 2) << "the root is not added";
    server_.pairs = {write_pair("server", server_pair_)};
    EXPECT_EQ(length(), 1) << "nor to a leaf that it signed";
}

TEST_F(Chain, IsCompletedFromTheCaFileWithoutTheRoot) {
    server_.pairs = {write_pair("deep", leaf_)};
    EXPECT_EQ(length(), 1);
    server_.ca = folder_.write("both.pem", root_.cert_pem() + middle_.cert_pem());
    EXPECT_EQ(length(), 2);
    server_.crl = folder_.write("crl.pem", test::crl_pem(root_));
    EXPECT_EQ(length(), 2) << "CRLs are for clients";
}

TEST_F(ServerContext, AsksForClientCertificatesOnlyWithACa) {
    show_client(client_pair_);
    contexts();
    auto connection = connect();
    ASSERT_TRUE(connection.shake());
    EXPECT_FALSE(facts_of(connection.server.get()).certificate);
    EXPECT_EQ(SSL_get0_peer_certificate(connection.server.get()), nullptr);
    server_.crl = folder_.write("crl.pem", test::crl_pem(root_));
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "ssl_crl", "ssl_crl is set but ssl_ca is not")) << words_of(found_);
}

TEST_F(ServerContext, NamesItsCasToClients) {
    server_.ca = client_.ca;
    const auto context = make();
    const auto* const names = SSL_CTX_get_client_CA_list(context.get());
    ASSERT_EQ(sk_X509_NAME_num(names), 1);
    EXPECT_EQ(distinguished_name::from(sk_X509_NAME_value(names, 0)).to_string(), "/CN=root");
}

TEST_F(ServerContext, HasItsFixedPolicy) {
    const auto context = make();
    const auto options = SSL_CTX_get_options(context.get());
    for (const auto wanted : {SSL_OP_NO_COMPRESSION, SSL_OP_NO_RENEGOTIATION, SSL_OP_CIPHER_SERVER_PREFERENCE})
        EXPECT_NE(options & wanted, 0U);
    for (const auto unwanted : {SSL_OP_NO_TICKET, SSL_OP_IGNORE_UNEXPECTED_EOF, SSL_OP_LEGACY_SERVER_CONNECT,
                                SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION})
        EXPECT_EQ(options & unwanted, 0U);
    const auto mode = SSL_CTX_get_mode(context.get());
    for (const auto wanted :
         {SSL_MODE_RELEASE_BUFFERS, SSL_MODE_ENABLE_PARTIAL_WRITE, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER})
        EXPECT_NE(mode & wanted, 0L);
    EXPECT_EQ(SSL_CTX_get_max_early_data(context.get()), 0U);
}

TEST_F(ServerContext, RefusesRenegotiation) {
    only("TLSv1.2");
    contexts();
    auto connection = connect();
    ASSERT_TRUE(connection.shake());
    SSL_clear_options(connection.client.get(), SSL_OP_NO_RENEGOTIATION);
    ASSERT_EQ(SSL_renegotiate(connection.client.get()), 1);
    EXPECT_LE(SSL_do_handshake(connection.client.get()), 0);
    char byte = 0;
    EXPECT_LE(SSL_read(connection.server.get(), &byte, 1), 0);
    EXPECT_LE(SSL_do_handshake(connection.client.get()), 0);
    EXPECT_EQ(last_openssl_error(), "no renegotiation");
}

TEST_F(ServerContext, AThousandReloadsLeakNothing) {  // the sanitizer looks
    server_.ca = client_.ca;
    server_.crl = folder_.write("crl.pem", test::crl_pem(root_));
    for (int round = 0; round < 1000; ++round) ASSERT_TRUE(make_server_context(server_, found_));
}

}  // namespace
}  // namespace portcullis::certs
