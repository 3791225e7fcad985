// What a TLS handshake costs, both ends together and without a socket, by version, kind of certificate, and whether it
// resumes a session.
#include "bench/micro/tls_ends.hpp"
#include "certs/memory_handshake.hpp"

#include <array>
#include <benchmark/benchmark.h>

namespace portcullis::bench {
namespace {

/// The session a server's tickets gave to a client that has just shaken hands. One of TLS 1.3 resumes once.
certs::ssl_session_ptr session_of(SSL* client) {
    std::array<char, 1> nothing{};
    SSL_read(client, nothing.data(), 1);  // TLS 1.3 sends tickets behind the handshake
    SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    return certs::ssl_session_ptr(SSL_get1_session(client));
}

struct connection {
    explicit connection(const tls_ends& ends)
        : client(SSL_new(ends.client.get())), server(SSL_new(ends.server.get())) {}

    certs::ssl_ptr client;
    certs::ssl_ptr server;
};

void handshake(benchmark::State& state, const tls_choice& choice, bool resumed) {
    const tls_ends ends(choice);
    certs::ssl_session_ptr session;
    if (resumed) {
        const connection first(ends);
        if (certs::shake_hands(first.client.get(), first.server.get())) session = session_of(first.client.get());
    }
    for ([[maybe_unused]] auto each : state) {
        const connection next(ends);
        if (session) SSL_set_session(next.client.get(), session.get());
        const bool shaken = certs::shake_hands(next.client.get(), next.server.get());
        if (!shaken || (SSL_session_reused(next.server.get()) == 1) != resumed) {
            state.SkipWithError("not the handshake that was asked for");
            break;
        }
        if (resumed) session = session_of(next.client.get());
    }
    state.SetItemsProcessed(state.iterations());
}

/// Every version with every kind of certificate, full and resumed; and with a client's certificate, as the aggregators
/// get to see the gate's.
const bool registered = [] {
    struct kind {
        const char* name;
        certs::key_type key;
    };
    constexpr std::array kinds{kind{"RSA-2048", certs::key_type::rsa_2048}, kind{"RSA-3072", certs::key_type::rsa_3072},
                               kind{"ECDSA_P-256", certs::key_type::ecdsa_p256}};
    for (const std::string version : {"TLSv1.2", "TLSv1.3"}) {
        for (const auto& each : kinds) {
            for (const bool mutual : {false, true}) {
                for (const bool resumed : {false, true}) {
                    const auto name = "handshake/" + version + "/" + each.name + (mutual ? "/mutual" : "") +
                                      (resumed ? "/resumed" : "/full");
                    const tls_choice choice{version, each.key, {}, mutual};
                    benchmark::RegisterBenchmark(name.c_str(), handshake, choice, resumed);
                }
            }
        }
    }
    return true;
}();

}  // namespace
}  // namespace portcullis::bench
