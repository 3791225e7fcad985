#include "certs/client_context.hpp"

#include "certs/alternative_name.hpp"
#include "certs/error.hpp"
#include "certs/printable.hpp"
#include "certs/provider.hpp"
#include "certs/tls_policy.hpp"
#include "certs/trust.hpp"
#include "certs/use_pairs.hpp"

#include <openssl/err.h>

#include <utility>

namespace portcullis::certs {
namespace {

void report(problems& found, problem::severity level, const char* setting, std::string text) {
    found.push_back({level, setting, std::move(text)});
}

void verify_server(SSL_CTX* context, const client_settings& settings, problems& found) {
    if (settings.verify == verification::none) {
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
        for (const auto& [setting, file] : {std::pair{"ssl_ca", settings.ca}, std::pair{"ssl_crl", settings.crl}})
            if (!file.empty())
                report(found, problem::severity::warning, setting,
                       std::string(setting) + " (" + printable(file.native()) +
                           ") is not used: ssl_mode accepts whoever answers; set it to VERIFY_CA or VERIFY_IDENTITY");
        return;
    }
    auto servers = load_trust(settings.ca, settings.crl, found);
    if (servers.store) SSL_CTX_set_cert_store(context, servers.store.release());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, remember_failure);
}

boost::system::error_code expect_name(SSL* ssl, const std::string& host, bool is_address) {
    if (is_address)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1
                   ? boost::system::error_code()
                   : make_error_code(errc::openssl_failed);
    // A CN is free text that nobody promised to be a host name (RFC 9525, 6.2).
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(ssl, host.c_str()) == 1 ? boost::system::error_code() : make_error_code(errc::openssl_failed);
}

}  // namespace

ssl_ctx_ptr make_client_context(const client_settings& settings, problems& found) {
    ERR_clear_error();
    problems ours;
    const char* const properties = provider_properties(settings.own);
    ssl_ctx_ptr context(SSL_CTX_new_ex(nullptr, properties, TLS_client_method()));
    if (!context) {
        report(found, problem::severity::error, "", "OpenSSL cannot make a context: " + last_openssl_error());
        return nullptr;
    }
    if (!set_own_algorithms(context.get(), available(settings.own)))
        report(ours, problem::severity::error, "", "out of memory");
    const tls_policy policy{tls_policy::side::client, settings.versions, settings.ciphers, settings.ciphersuites};
    apply_policy(context.get(), policy, ours);
    if (settings.legacy_server_connect) SSL_CTX_set_options(context.get(), SSL_OP_LEGACY_SERVER_CONNECT);

    verify_server(context.get(), settings, ours);
    const bool has_pair = !settings.pair.cert.empty() || !settings.pair.key.empty();
    if (has_pair) use_pairs(context.get(), {settings.pair}, pair_use::client, ours);

    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    ERR_clear_error();

    if (has_errors(ours)) context.reset();
    found.insert(found.end(), std::make_move_iterator(ours.begin()), std::make_move_iterator(ours.end()));
    return context;
}

boost::system::error_code set_expected_host(SSL* ssl, std::string_view host, verification verify) {
    ERR_clear_error();
    const bool has_nul = host.find('\0') != std::string_view::npos;
    std::string name(host.substr(0, host.find('%')));  // without an IPv6 address's zone
    const bool is_address = is_ip_address(name);
    if (!is_address) name = host;
    if (!is_address && name.ends_with('.')) name.pop_back();  // the root's dot is in no certificate and no SNI

    // An empty name would switch the check off, and OpenSSL reads up to a NUL.
    if (verify == verification::identity) {
        if (name.empty() || has_nul) return errc::bad_host;
        if (const auto failed = expect_name(ssl, name, is_address)) return failed;
    }
    if (is_address || name.empty() || has_nul) return {};
    return SSL_set_tlsext_host_name(ssl, name.c_str()) == 1 ? boost::system::error_code()
                                                            : make_error_code(errc::bad_host);
}

}  // namespace portcullis::certs
