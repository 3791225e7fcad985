#include "certs/peer_identity.hpp"

#include "tests/unit/certs/tls_fixture.hpp"

namespace portcullis::certs {
namespace {

/// A listener that verifies clients, once with TLS 1.2 and once with TLS 1.3.
class PeerIdentity : public test::tls_fixture, public testing::WithParamInterface<const char*> {
protected:
    PeerIdentity() {
        only(GetParam());
        server_.ca = client_.ca;
    }
};

INSTANTIATE_TEST_SUITE_P(Both, PeerIdentity, testing::Values("TLSv1.2", "TLSv1.3"),
                         [](const auto& each) { return std::string(each.param).substr(0, 5) + "_" + each.param[6]; });

TEST_P(PeerIdentity, IsWhoTheCertificateNames) {
    show_client(client_pair_);
    contexts();
    auto connection = connect();
    ASSERT_TRUE(connection.shake());
    const auto facts = facts_of(connection.server.get());
    EXPECT_EQ(facts.version, GetParam());
    EXPECT_EQ(facts.cipher, facts.version == "TLSv1.3" ? "TLS_AES_256_GCM_SHA384" : "ECDHE-ECDSA-AES128-GCM-SHA256");
    EXPECT_FALSE(facts.resumed);
    ASSERT_TRUE(facts.certificate);
    EXPECT_EQ(facts.certificate->subject.to_string(), "/CN=app");
    EXPECT_EQ(facts.certificate->issuer.to_string(), "/CN=root");
    EXPECT_FALSE(facts.certificate->serial.empty());
    const auto server = facts_of(connection.client.get()).certificate;
    ASSERT_TRUE(server);
    EXPECT_EQ(server->subject.to_string(), "/CN=db1");
}

TEST_P(PeerIdentity, SurvivesResumption) {
    show_client(client_pair_);
    contexts();
    auto first = connect();
    ASSERT_TRUE(first.shake());
    const auto session = first.session();
    auto second = connect(session.get());
    ASSERT_TRUE(second.shake());
    const auto facts = facts_of(second.server.get());
    EXPECT_TRUE(facts.resumed);
    ASSERT_TRUE(facts.certificate);
    EXPECT_EQ(facts.certificate->subject.to_string(), "/CN=app");
    EXPECT_TRUE(facts_of(second.client.get()).certificate);
}

TEST_P(PeerIdentity, WithoutCertificateIsNobody) {
    contexts();
    auto first = connect();
    ASSERT_TRUE(first.shake()) << "a client may show none";
    EXPECT_FALSE(facts_of(first.server.get()).certificate);
    const auto session = first.session();
    auto second = connect(session.get());
    ASSERT_TRUE(second.shake());
    EXPECT_TRUE(facts_of(second.server.get()).resumed);
    EXPECT_FALSE(facts_of(second.server.get()).certificate);
}

TEST_P(PeerIdentity, OfTheWrongCaIsRefusedWithAReason) {
    const auto other = test::build(test::ca("other"));
    show_client(test::build(test::client("app"), &other));
    contexts();
    auto connection = connect();
    EXPECT_FALSE(connection.shake());
    EXPECT_FALSE(facts_of(connection.server.get()).certificate);
    EXPECT_EQ(verification_failure(connection.server.get()),
              "unable to get local issuer certificate (depth 0, /CN=app, issued by /CN=other)");
}

TEST_P(PeerIdentity, OfANamesakeCaIsRefused) {
    const auto namesake = test::build(test::ca("root"));
    show_client(test::build(test::client("app"), &namesake));
    contexts();
    auto connection = connect();
    EXPECT_FALSE(connection.shake());
    EXPECT_NE(verification_failure(connection.server.get()), "");
}

TEST_P(PeerIdentity, SelfSignedIsRefused) {
    show_client(test::build(test::client("app")));
    contexts();
    auto connection = connect();
    EXPECT_FALSE(connection.shake());
    EXPECT_NE(verification_failure(connection.server.get()).find("self-signed certificate"), std::string::npos);
}

TEST_P(PeerIdentity, ExpiredIsRefused) {
    // Made to be valid for a moment: an expired one of our own would not load.
    show_client(client_pair_);
    contexts();
    auto plan = test::client("old");
    plan.valid_until = -60;
    const auto old = test::build(plan, &root_);
    ASSERT_EQ(SSL_CTX_use_cert_and_key(client_context_.get(), old.certificate.get(), old.key.get(), nullptr, 1), 1);
    auto connection = connect();
    EXPECT_FALSE(connection.shake());
    EXPECT_EQ(verification_failure(connection.server.get()),
              "certificate has expired (depth 0, /CN=old, issued by /CN=root)");
}

TEST_P(PeerIdentity, OfAServerIsRefusedAsAClient) {
    show_client(client_pair_);
    contexts();
    ASSERT_EQ(SSL_CTX_use_cert_and_key(client_context_.get(), server_pair_.certificate.get(), server_pair_.key.get(),
                                       nullptr, 1),
              1);
    auto connection = connect();
    EXPECT_FALSE(connection.shake());
    EXPECT_NE(verification_failure(connection.server.get()).find("purpose"), std::string::npos);
}

TEST_P(PeerIdentity, RevokedIsRefusedAndItsNeighbourNot) {
    show_client(client_pair_);
    server_.crl = folder_.write("crl.pem", test::crl_pem(root_, {{&client_pair_}}));
    contexts();
    auto connection = connect();
    EXPECT_FALSE(connection.shake());
    EXPECT_EQ(verification_failure(connection.server.get()),
              "certificate revoked (depth 0, /CN=app, issued by /CN=root)");

    show_client(test::build(test::client("neighbour"), &root_));
    contexts();
    auto other = connect();
    EXPECT_TRUE(other.shake());
    EXPECT_TRUE(facts_of(other.server.get()).certificate);
}

TEST_P(PeerIdentity, ThatExpiredSinceItsFirstHandshakeIsNobody) {
    auto plan = test::client("short");
    plan.valid_until = 2;
    show_client(client_pair_);
    contexts();
    const auto brief = test::build(plan, &root_);
    ASSERT_EQ(SSL_CTX_use_cert_and_key(client_context_.get(), brief.certificate.get(), brief.key.get(), nullptr, 1), 1);
    auto first = connect();
    ASSERT_TRUE(first.shake());
    EXPECT_TRUE(facts_of(first.server.get()).certificate);
    const auto session = first.session();
    struct timespec wait {
        2, 100000000
    };
    ::nanosleep(&wait, nullptr);
    auto second = connect(session.get());
    ASSERT_TRUE(second.shake());
    EXPECT_TRUE(facts_of(second.server.get()).resumed);
    EXPECT_FALSE(facts_of(second.server.get()).certificate);
}

TEST_P(PeerIdentity, OfAPlainRecipeIsBelieved) {
    const auto authority = test::build(test::version_1("old CA"), nullptr, test::rsa_key());
    server_.ca = folder_.write("v1-ca.pem", authority.cert_pem());
    client_.ca = server_.ca;
    server_.pairs = {write_pair("v1-server", test::build(test::version_1("db1"), &authority, test::rsa_key()))};
    show_client(test::build(test::version_1("app"), &authority, test::rsa_key()));
    contexts();
    auto connection = connect();
    ASSERT_TRUE(connection.shake()) << verification_failure(connection.server.get())
                                    << verification_failure(connection.client.get());
    EXPECT_TRUE(facts_of(connection.server.get()).certificate);
    EXPECT_TRUE(facts_of(connection.client.get()).certificate);
}

TEST_P(PeerIdentity, BehindAnIntermediateIsBelieved) {
    const auto middle = test::build(test::ca("middle"), &root_);
    show_client(test::build(test::client("app"), &middle), middle.cert_pem());
    contexts();
    auto connection = connect();
    ASSERT_TRUE(connection.shake());
    const auto shown = facts_of(connection.server.get()).certificate;
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->issuer.to_string(), "/CN=middle");
}

TEST(PeerIdentity, BeforeAHandshakeIsNobody) {
    const ssl_ctx_ptr context(SSL_CTX_new(TLS_method()));
    const ssl_ptr ssl(SSL_new(context.get()));
    const auto facts = facts_of(ssl.get());
    EXPECT_FALSE(facts.certificate);
    EXPECT_EQ(facts.cipher, "");
    EXPECT_EQ(verification_failure(ssl.get()), "");
}

}  // namespace
}  // namespace portcullis::certs
