#include "certs/effective.hpp"

#include "certs/authority.hpp"
#include "certs/memory_handshake.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <mutex>

namespace portcullis::certs {
namespace {

constexpr const char* every_cipher = "ALL:COMPLEMENTOFALL:@SECLEVEL=0";
constexpr const char* every_suite =
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:"
    "TLS_AES_128_CCM_8_SHA256";

int protocol_of(tls_version version) {
    constexpr std::array protocols = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    return protocols.at(static_cast<std::size_t>(version));
}

using names = std::vector<std::string>;

/// An opposite end that accepts everything OpenSSL can, so that what fails is the examined context's doing.
ssl_ctx_ptr permissive(const SSL_METHOD* method) {
    ssl_ctx_ptr context(SSL_CTX_new(method));
    if (!context) return nullptr;
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_clear_options(context.get(), SSL_OP_NO_SSL_MASK | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // No tickets and no session ids: nothing that the examined side would keep.
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 0);
    SSL_CTX_set_dh_auto(context.get(), 1);
    const bool set = SSL_CTX_set_cipher_list(context.get(), every_cipher) == 1 &&
                     SSL_CTX_set_ciphersuites(context.get(), every_suite) == 1;
    return set ? std::move(context) : nullptr;
}

names ciphers_of(SSL_CTX* context, bool of_tls13) {
    names list;
    const auto* const ciphers = SSL_CTX_get_ciphers(context);
    for (int index = 0; index < sk_SSL_CIPHER_num(ciphers); ++index) {
        const std::string name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, index));
        if (name.starts_with("TLS_") == of_tls13) list.push_back(name);
    }
    return list;
}

bool limit(SSL* ssl, tls_version version, const names& offered) {
    std::string list;
    for (const auto& name : offered) list += (list.empty() ? "" : ":") + name;
    const int protocol = protocol_of(version);
    const bool ranged = SSL_set_min_proto_version(ssl, protocol) == 1 && SSL_set_max_proto_version(ssl, protocol) == 1;
    return ranged && (version == tls_version::v1_3 ? SSL_set_ciphersuites(ssl, list.c_str())
                                                   : SSL_set_cipher_list(ssl, list.c_str())) == 1;
}

/// The suite that a handshake of this version chooses among `offered`; empty if it fails.
using attempt = std::function<std::string(tls_version version, const names& offered)>;

std::string chosen(SSL* examined, SSL* opposite, bool examined_is_server) {
    const bool agreed = examined_is_server ? shake_hands(opposite, examined) : shake_hands(examined, opposite);
    ERR_clear_error();
    return agreed ? SSL_get_cipher_name(examined) : std::string();
}

/// Takes away what was chosen and asks again, until nothing is left that both sides like.
effective_policy explore(SSL_CTX* opposite, const attempt& shake) {
    effective_policy found;
    for (const auto version : {tls_version::v1_3, tls_version::v1_2, tls_version::v1_1, tls_version::v1_0}) {
        auto offered = ciphers_of(opposite, version == tls_version::v1_3);
        while (!offered.empty()) {
            const std::string suite = shake(version, offered);
            if (suite.empty() || std::erase(offered, suite) == 0) break;
            found.versions.insert(version);
            if (std::ranges::find(found.suites, suite) == found.suites.end()) found.suites.push_back(suite);
        }
    }
    return found;
}

/// One certificate of each common type, strong enough for the level at which the examined client judges it.
bool add_certificates(SSL_CTX* context, int level) {
    const auto ecdsa = level >= 4 ? key_type::ecdsa_p384 : key_type::ecdsa_p256;
    const auto authority = make_authority({"", "portcullis"}, ecdsa, 1);
    if (!authority) return false;
    for (const auto type : {ecdsa, level >= 3 ? key_type::rsa_3072 : key_type::rsa_2048}) {
        const auto pair = issue(*authority, role::server, {"", "localhost"}, {}, type, 1);
        if (!pair || SSL_CTX_use_cert_and_key(context, pair->certificate.get(), pair->key.get(), nullptr, 1) != 1)
            return false;
    }
    return true;
}

/// The opposite of clients of this security level. Made once: new RSA keys take longer than all that is asked of it.
SSL_CTX* server_for(int level) {
    static std::mutex mutex;
    static std::map<int, ssl_ctx_ptr> made;
    const std::lock_guard lock(mutex);
    auto& server = made[level];
    if (!server) {
        server = permissive(TLS_server_method());
        if (server && !add_certificates(server.get(), level)) server.reset();
    }
    return server.get();
}

}  // namespace

effective_policy effective_of_server(SSL_CTX* context) {
    ERR_clear_error();
    const auto clients = permissive(TLS_client_method());
    if (context == nullptr || !clients) return {};
    return explore(clients.get(), [&](tls_version version, const names& offered) {
        const ssl_ptr server(SSL_new(context));
        const ssl_ptr client(SSL_new(clients.get()));
        if (!server || !client || !limit(client.get(), version, offered)) return std::string();
        return chosen(server.get(), client.get(), true);
    });
}

effective_policy effective_of_client(SSL_CTX* context) {
    ERR_clear_error();
    auto* const servers = context == nullptr ? nullptr : server_for(SSL_CTX_get_security_level(context));
    if (servers == nullptr) return {};
    return explore(servers, [&](tls_version version, const names& offered) {
        const ssl_ptr client(SSL_new(context));
        const ssl_ptr server(SSL_new(servers));
        if (!server || !client || !limit(server.get(), version, offered)) return std::string();
        SSL_set_verify(client.get(), SSL_VERIFY_NONE, nullptr);
        return chosen(client.get(), server.get(), false);
    });
}

}  // namespace portcullis::certs
