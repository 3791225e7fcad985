#include "certs/server_context.hpp"

#include "certs/error.hpp"
#include "certs/provider.hpp"
#include "certs/ticket_keys.hpp"
#include "certs/tls_policy.hpp"
#include "certs/trust.hpp"
#include "certs/use_pairs.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <utility>

namespace portcullis::certs {
namespace {

void report(problems& found, const char* setting, std::string text) {
    found.push_back({problem::severity::error, setting, std::move(text)});
}

/// Length first, so that no two lists of texts hash alike.
bool add(EVP_MD_CTX* digest, const std::string& text) {
    const auto length = static_cast<std::uint64_t>(text.size());
    return EVP_DigestUpdate(digest, &length, sizeof length) == 1 &&
           EVP_DigestUpdate(digest, text.data(), text.size()) == 1;
}

template <class Object, class Encode>
std::string der_of(const Object* object, Encode encode) {
    unsigned char* bytes = nullptr;
    const int length = encode(object, &bytes);
    const openssl_bytes_ptr owner(bytes);
    return length < 0 ? std::string() : std::string(bytes, bytes + length);
}

/// What a ticket's certificate was judged by: a session may resume only where all of it is the same.
bool set_session_id_context(SSL_CTX* context, const server_settings& settings, const trust* clients) {
    const evp_md_ctx_ptr digest(EVP_MD_CTX_new());
    if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) return false;
    bool hashed = add(digest.get(), settings.session_id_context) && add(digest.get(), settings.versions.to_string()) &&
                  add(digest.get(), settings.ciphers) && add(digest.get(), settings.ciphersuites);
    if (clients != nullptr) {
        for (const auto& each : clients->authorities)
            hashed = hashed && add(digest.get(), der_of(each.get(), i2d_X509));
        for (const auto& each : clients->crls) hashed = hashed && add(digest.get(), der_of(each.get(), i2d_X509_CRL));
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned length = 0;
    static_assert(SSL_MAX_SID_CTX_LENGTH >= 32, "a SHA-256 fits");
    return hashed && EVP_DigestFinal_ex(digest.get(), hash.data(), &length) == 1 &&
           SSL_CTX_set_session_id_context(context, hash.data(), length) == 1;
}

/// Clients that hold several certificates choose by these names.
void announce(SSL_CTX* context, const trust& clients) {
    for (const auto& authority : clients.authorities) SSL_CTX_add_client_CA(context, authority.get());
}

void verify_clients(SSL_CTX* context, trust& clients) {
    announce(context, clients);
    SSL_CTX_set_cert_store(context, clients.store.release());
    // Not FAIL_IF_NO_PEER_CERT: who needs a certificate is known only after the user's name.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, remember_failure);
}

}  // namespace

ssl_ctx_ptr make_server_context(const server_settings& settings, problems& found) {
    ERR_clear_error();
    problems ours;
    const char* const properties = provider_properties(settings.own);
    ssl_ctx_ptr context(SSL_CTX_new_ex(nullptr, properties, TLS_server_method()));
    if (!context) {
        report(found, "", "OpenSSL cannot make a context: " + last_openssl_error());
        return nullptr;
    }
    if (!set_own_algorithms(context.get(), available(settings.own))) report(ours, "", "out of memory");
    const tls_policy policy{tls_policy::side::server, settings.versions, settings.ciphers, settings.ciphersuites};
    apply_policy(context.get(), policy, ours);

    trust clients;
    if (!settings.ca.empty()) {
        clients = load_trust(settings.ca, settings.crl, ours);
        if (!has_errors(ours)) verify_clients(context.get(), clients);
    } else if (!settings.crl.empty()) {
        report(ours, "ssl_crl", "ssl_crl is set but ssl_ca is not: without it no client is asked for a certificate");
    }

    if (settings.pairs.empty())
        report(ours, "ssl_cert", "a TLS server needs at least one certificate: set ssl_cert and ssl_key");
    use_pairs(context.get(), settings.pairs, pair_use::server, ours);

    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context.get(), std::chrono::seconds(ticket_lifetime).count());
    SSL_CTX_set_num_tickets(context.get(), 1);  // each is work, and few clients resume; OpenSSL would send two
    if (!set_session_id_context(context.get(), settings, &clients))
        report(ours, "", "OpenSSL cannot set the session id context: " + last_openssl_error());
    ERR_clear_error();

    if (has_errors(ours)) context.reset();
    found.insert(found.end(), std::make_move_iterator(ours.begin()), std::make_move_iterator(ours.end()));
    return context;
}

}  // namespace portcullis::certs
