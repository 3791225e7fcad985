// Tickets of the server's contexts: what a session may be resumed on. Security rule 10.
#include "certs/peer_identity.hpp"
#include "tests/unit/certs/tls_fixture.hpp"

#include <array>
#include <functional>

namespace portcullis::certs {
namespace {

class Resumption : public test::tls_fixture, public testing::WithParamInterface<const char*> {
protected:
    Resumption() {
        only(GetParam());
        server_.ca = client_.ca;
        show_client(client_pair_);
        contexts();
        auto first = connect();
        EXPECT_TRUE(first.shake());
        session_ = first.session();
    }
    /// A context of the present settings that can open the tickets of the first one, as one after a reload could if the
    /// ticket keys were kept.
    void reload_with_the_same_ticket_keys() {
        std::array<unsigned char, 80> keys{};
        ASSERT_EQ(SSL_CTX_get_tlsext_ticket_keys(server_context_.get(), keys.data(), keys.size()), 1);
        server_context_ = make_server_context(server_, found_);
        ASSERT_TRUE(server_context_) << test::words_of(found_);
        ASSERT_EQ(SSL_CTX_set_tlsext_ticket_keys(server_context_.get(), keys.data(), keys.size()), 1);
    }
    /// Whether the session is resumed; that the handshake succeeds one way or the other is asked for here.
    bool resumes() const {
        auto connection = connect(session_.get());
        EXPECT_TRUE(connection.shake());
        return facts_of(connection.server.get()).resumed;
    }

    ssl_session_ptr session_;
};

INSTANTIATE_TEST_SUITE_P(Both, Resumption, testing::Values("TLSv1.2", "TLSv1.3"),
                         [](const auto& each) { return std::string(each.param).substr(0, 5) + "_" + each.param[6]; });

TEST_P(Resumption, WorksWhereNothingChanged) {
    reload_with_the_same_ticket_keys();
    EXPECT_TRUE(resumes());
}

TEST_P(Resumption, EndsWithTheContext) {
    server_context_ = make_server_context(server_, found_);
    EXPECT_FALSE(resumes()) << "the keys of the tickets were the old context's";
}

TEST_P(Resumption, IsRefusedOnAnotherListener) {
    server_.session_id_context = "other";
    reload_with_the_same_ticket_keys();
    EXPECT_FALSE(resumes());
}

TEST_P(Resumption, IsRefusedAfterAChangeOfCas) {
    const auto second = test::build(test::ca("second"));
    server_.ca = folder_.write("two-cas.pem", root_.cert_pem() + second.cert_pem());
    reload_with_the_same_ticket_keys();
    EXPECT_FALSE(resumes());
}

TEST_P(Resumption, IsRefusedAfterAChangeOfCrls) {
    server_.crl = folder_.write("crl.pem", test::crl_pem(root_));
    reload_with_the_same_ticket_keys();
    EXPECT_FALSE(resumes());
}

TEST_P(Resumption, IsRefusedAfterAChangeOfCiphers) {
    server_.ciphersuites = "TLS_AES_256_GCM_SHA384";
    reload_with_the_same_ticket_keys();
    EXPECT_FALSE(resumes());
}

TEST_P(Resumption, CannotOutliveARevocation) {
    server_.crl = folder_.write("crl.pem", test::crl_pem(root_, {{&client_pair_}}));
    reload_with_the_same_ticket_keys();
    auto connection = connect(session_.get());
    EXPECT_FALSE(connection.shake()) << "the full handshake that follows finds the revocation";
}

TEST_P(Resumption, KeepsNothingInTheServer) {
    // A client of TLS 1.2 that takes no tickets would be given a session id, and the session kept for it.
    SSL_CTX_set_options(client_context_.get(), SSL_OP_NO_TICKET);
    for (int round = 0; round < 3; ++round) {
        auto connection = connect();
        ASSERT_TRUE(connection.shake());
        EXPECT_EQ(SSL_CTX_sess_number(server_context_.get()), 0);
        EXPECT_EQ(SSL_CTX_sess_number(client_context_.get()), 0);
    }
}

}  // namespace
}  // namespace portcullis::certs
