#include "certs/client_context.hpp"

#include "certs/error.hpp"
#include "certs/peer_identity.hpp"
#include "tests/unit/certs/tls_fixture.hpp"

namespace portcullis::certs {
namespace {

using namespace std::string_literals;
using test::has_error;
using test::has_warning;
using test::words_of;

class ClientContext : public test::tls_fixture {
protected:
    ssl_ctx_ptr make() {
        found_.clear();
        auto context = make_client_context(client_, found_);
        EXPECT_EQ(context != nullptr, !has_errors(found_)) << words_of(found_);
        return context;
    }
    /// Why the connection to `host` fails; empty if it does not.
    std::string refusal(std::string_view host) {
        auto connection = connect();
        const auto failed = set_expected_host(connection.client.get(), host, client_.verify);
        if (failed) return failed.message();
        return connection.shake() ? "" : verification_failure(connection.client.get());
    }
};

TEST_F(ClientContext, VerifiesTheChain) {
    contexts();
    EXPECT_EQ(words_of(found_), "nothing was reported");
    EXPECT_EQ(refusal("any.name"), "");
    client_.ca = folder_.write("other.pem", test::build(test::ca("other")).cert_pem());
    contexts();
    EXPECT_EQ(refusal("any.name"), "unable to get local issuer certificate (depth 0, /CN=db1, issued by /CN=root)");
}

TEST_F(ClientContext, VerifiesTheName) {
    client_.verify = verification::identity;
    contexts();
    for (const auto* host :
         {"db1.example.com", "DB1.EXAMPLE.COM", "db1.example.com.", "a.wild.example.com", "10.0.0.1"})
        EXPECT_EQ(refusal(host), "") << host;
    for (const auto* host : {"db2.example.com", "example.com", "a.b.wild.example.com", "db1"})
        EXPECT_NE(refusal(host).find("hostname mismatch"), std::string::npos) << host << ": " << refusal(host);
    EXPECT_EQ(
        refusal("10.0.0.2"),
        "IP address mismatch (depth 0, /CN=db1, it names DNS:db1.example.com, DNS:*.wild.example.com, IP:10.0.0.1)");
}

TEST_F(ClientContext, ANameIsNeverTheCn) {
    client_.verify = verification::identity;
    server_.pairs = {write_pair("v1", test::build(test::version_1("db1.example.com"), &root_))};
    contexts();
    EXPECT_NE(refusal("db1.example.com").find("it names no host at all"), std::string::npos)
        << refusal("db1.example.com");
    client_.verify = verification::ca;
    contexts();
    EXPECT_EQ(refusal("db1.example.com"), "") << "VERIFY_CA takes the plain recipe's certificates";
}

TEST_F(ClientContext, AnAddressIsNeverAName) {
    client_.verify = verification::identity;
    server_.pairs = {write_pair("odd", test::build(test::server("odd", "DNS:10.0.0.1"), &root_))};
    contexts();
    EXPECT_NE(refusal("10.0.0.1"), "");
    server_.pairs = {write_pair("six", test::build(test::server("six", "IP:fe80::1"), &root_))};
    contexts();
    EXPECT_EQ(refusal("fe80::1"), "");
    EXPECT_EQ(refusal("fe80::1%eth0"), "") << "the zone is this machine's affair";
}

TEST_F(ClientContext, NothingToCheckIsRefused) {
    client_.verify = verification::identity;
    contexts();
    for (const auto& host : {""s, "."s, "db1.example.com\0.evil"s, "\0"s, "10.0.0.1\0"s, std::string(300, 'a')})
        EXPECT_EQ(refusal(host), make_error_code(errc::bad_host).message()) << host.size();
}

TEST_F(ClientContext, SaysTheNameUnlessItIsAnAddress) {
    contexts();
    const auto sni = [&](const char* host) {
        auto connection = connect();
        EXPECT_FALSE(set_expected_host(connection.client.get(), host, client_.verify));
        EXPECT_TRUE(connection.shake());
        const char* const name = SSL_get_servername(connection.server.get(), TLSEXT_NAMETYPE_host_name);
        return name != nullptr ? std::string(name) : "none";
    };
    EXPECT_EQ(sni("db1.example.com"), "db1.example.com");
    EXPECT_EQ(sni("db1.example.com."), "db1.example.com");
    EXPECT_EQ(sni("10.0.0.1"), "none");
    EXPECT_EQ(sni("::1"), "none");
    EXPECT_EQ(sni(""), "none");
}

TEST_F(ClientContext, WithoutVerificationTakesAnybodyAndBelievesNobody) {
    client_.verify = verification::none;
    client_.ca.clear();
    contexts();
    auto connection = connect();
    ASSERT_TRUE(connection.shake());
    EXPECT_FALSE(facts_of(connection.client.get()).certificate);
    EXPECT_EQ(verification_failure(connection.client.get()), "");
    auto first = connect();
    ASSERT_TRUE(first.shake());
    const auto session = first.session();
    auto second = connect(session.get());
    ASSERT_TRUE(second.shake());
    EXPECT_TRUE(facts_of(second.client.get()).resumed);
    EXPECT_FALSE(facts_of(second.client.get()).certificate);
    client_.ca = folder_ / "ca-cert.pem";
    make();
    EXPECT_TRUE(has_warning(found_, "ssl_ca", "is not used")) << words_of(found_);
}

TEST_F(ClientContext, RefusesRevokedExpiredAndClientsCertificates) {
    client_.crl = folder_.write("crl.pem", test::crl_pem(root_, {{&server_pair_}}));
    contexts();
    EXPECT_EQ(refusal("x"), "certificate revoked (depth 0, /CN=db1, issued by /CN=root)");
    client_.crl.clear();
    contexts();
    ASSERT_EQ(SSL_CTX_use_cert_and_key(server_context_.get(), client_pair_.certificate.get(), client_pair_.key.get(),
                                       nullptr, 1),
              1);
    EXPECT_NE(refusal("x").find("purpose"), std::string::npos) << refusal("x");
    auto plan = test::server("old");
    plan.valid_until = -60;
    const auto old = test::build(plan, &root_);
    ASSERT_EQ(SSL_CTX_use_cert_and_key(server_context_.get(), old.certificate.get(), old.key.get(), nullptr, 1), 1);
    EXPECT_EQ(refusal("x"), "certificate has expired (depth 0, /CN=old, issued by /CN=root)");
}

TEST_F(ClientContext, ShowsItsPair) {
    server_.ca = client_.ca;
    show_client(client_pair_);
    contexts();
    auto connection = connect();
    ASSERT_TRUE(connection.shake());
    const auto shown = facts_of(connection.server.get()).certificate;
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->subject.to_string(), "/CN=app");
}

TEST_F(ClientContext, RefusesHalfAPairAndAServersPair) {
    client_.pair.cert = server_.pairs.front().cert;
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "ssl_key", "ssl_key is not")) << words_of(found_);
    client_.pair.key = server_.pairs.front().key;
    EXPECT_FALSE(make());
    EXPECT_TRUE(has_error(found_, "ssl_cert", "TLS client's")) << words_of(found_);
}

TEST_F(ClientContext, ReportsEverythingAtOnce) {
    client_.ca = folder_ / "no-ca.pem";
    client_.crl = folder_ / "no-crl.pem";
    client_.pair = {folder_ / "no-cert.pem", folder_ / "no-key.pem"};
    client_.versions = {};
    EXPECT_FALSE(make());
    for (const auto* setting : {"ssl_ca", "ssl_crl", "ssl_cert", "ssl_key", "tls_version"})
        EXPECT_TRUE(has_error(found_, setting, "")) << setting << '\n' << words_of(found_);
}

TEST_F(ClientContext, UsesWhatIsAboveAGapAndSaysSo) {
    client_.versions = tls_version_set::parse("TLSv1.1,TLSv1.3").value();
    contexts();
    EXPECT_TRUE(has_warning(found_, "tls_version", "has a gap, which a client cannot offer; only TLSv1.3 is used"))
        << words_of(found_);
    auto connection = connect();
    ASSERT_TRUE(connection.shake());
    EXPECT_EQ(facts_of(connection.client.get()).version, "TLSv1.3");
    EXPECT_GT(SSL_CTX_get_security_level(client_context_.get()), 0) << "TLS 1.1 is not used, so nothing is lowered";
}

/// MySQL 5.6's server: TLS 1.0, RSA key exchange, no secure renegotiation (that part needs the real one).
TEST_F(ClientContext, ReachesALegacyServer) {
    const auto old = test::build(test::version_1("old"), &root_, test::rsa_key());
    const ssl_ctx_ptr server(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_security_level(server.get(), 0);
    SSL_CTX_set_min_proto_version(server.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(server.get(), TLS1_VERSION);
    SSL_CTX_set_cipher_list(server.get(), "AES256-SHA:@SECLEVEL=0");
    ASSERT_EQ(SSL_CTX_use_cert_and_key(server.get(), old.certificate.get(), old.key.get(), nullptr, 1), 1);

    client_.versions = tls_version_set::parse("TLSv1").value();
    client_.legacy_server_connect = true;
    const auto legacy = make();
    ASSERT_TRUE(legacy) << words_of(found_);
    EXPECT_NE(SSL_CTX_get_options(legacy.get()) & SSL_OP_LEGACY_SERVER_CONNECT, 0U);
    test::connection reached(legacy.get(), server.get());
    EXPECT_TRUE(reached.shake());
    EXPECT_EQ(facts_of(reached.client.get()).cipher, "AES256-SHA");

    // Its Diffie-Hellman group is too small for OpenSSL, and it would choose it if it were offered.
    const auto* const offered = SSL_CTX_get_ciphers(legacy.get());
    for (int index = 0; index < sk_SSL_CIPHER_num(offered); ++index) {
        const std::string name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(offered, index));
        EXPECT_FALSE(name.starts_with("DHE-") && name.find("GCM") == std::string::npos) << name;
    }

    client_.versions = tls_version_set::parse("TLSv1.2,TLSv1.3").value();
    client_.legacy_server_connect = false;
    const auto modern = make();
    EXPECT_EQ(SSL_CTX_get_options(modern.get()) & SSL_OP_LEGACY_SERVER_CONNECT, 0U);
    test::connection refused(modern.get(), server.get());
    EXPECT_FALSE(refused.shake());
}

TEST_F(ClientContext, GivesSessionsToItsCallerAlone) {
    contexts();
    static int received;
    received = 0;
    SSL_CTX_sess_set_new_cb(client_context_.get(), [](SSL*, SSL_SESSION*) {
        ++received;
        return 0;
    });
    auto connection = connect();
    ASSERT_TRUE(connection.shake());
    EXPECT_EQ(received, 1) << "servers send one ticket";
    EXPECT_EQ(SSL_CTX_sess_number(client_context_.get()), 0);
}

}  // namespace
}  // namespace portcullis::certs
