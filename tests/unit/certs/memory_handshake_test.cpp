#include "certs/memory_handshake.hpp"

#include "tests/unit/certs/tls_fixture.hpp"

namespace portcullis::certs {
namespace {

class MemoryHandshake : public test::tls_fixture {};

TEST_F(MemoryHandshake, EndsWhenBothHaveFinished) {
    for (const auto* version : {"TLSv1.2", "TLSv1.3"}) {
        only(version);
        contexts();
        const auto connection = connect();
        EXPECT_TRUE(shake_hands(connection.client.get(), connection.server.get()));
        EXPECT_EQ(SSL_is_init_finished(connection.client.get()), 1) << version;
        EXPECT_EQ(SSL_is_init_finished(connection.server.get()), 1) << version;
    }
}

TEST_F(MemoryHandshake, FailsWhereTheyDoNotAgree) {
    contexts();
    const auto connection = connect();
    SSL_set_max_proto_version(connection.client.get(), TLS1_2_VERSION);
    SSL_set_min_proto_version(connection.server.get(), TLS1_3_VERSION);
    EXPECT_FALSE(shake_hands(connection.client.get(), connection.server.get()));
    EXPECT_NE(ERR_peek_error(), 0U) << "and says why";
    ERR_clear_error();
}

}  // namespace
}  // namespace portcullis::certs
