#include "certs/tls_policy.hpp"

#include "certs/ciphers.hpp"
#include "certs/error.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <utility>

namespace portcullis::certs {
namespace {

void report(problems& found, problem::severity level, const char* setting, std::string text) {
    found.push_back({level, setting, std::move(text)});
}

int protocol_of(tls_version version) {
    switch (version) {
        case tls_version::v1_0:
            return TLS1_VERSION;
        case tls_version::v1_1:
            return TLS1_1_VERSION;
        case tls_version::v1_2:
            return TLS1_2_VERSION;
        case tls_version::v1_3:
            break;
    }
    return TLS1_3_VERSION;
}

std::uint64_t prohibition_of(tls_version version) {
    switch (version) {
        case tls_version::v1_0:
            return SSL_OP_NO_TLSv1;
        case tls_version::v1_1:
            return SSL_OP_NO_TLSv1_1;
        case tls_version::v1_2:
            return SSL_OP_NO_TLSv1_2;
        case tls_version::v1_3:
            break;
    }
    return SSL_OP_NO_TLSv1_3;
}

bool is_weak(tls_version version) {
    return version == tls_version::v1_0 || version == tls_version::v1_1;
}

bool has_weak(const tls_version_set& versions) {
    return versions.contains(tls_version::v1_0) || versions.contains(tls_version::v1_1);
}

/// The highest versions without a gap.
tls_version_set upper_range(const tls_version_set& versions) {
    tls_version_set range;
    const auto list = versions.versions();
    for (auto each = list.rbegin(); each != list.rend(); ++each) {
        const auto next_above = static_cast<tls_version>(static_cast<int>(*each) + 1);
        if (!range.empty() && !range.contains(next_above)) break;
        range.insert(*each);
    }
    return range;
}

void warn_of_weak_versions(const tls_version_set& versions, problems& found) {
    tls_version_set weak;
    for (const auto each : versions.versions())
        if (is_weak(each)) weak.insert(each);
    if (weak.empty()) return;
    report(found, problem::severity::warning, "tls_version",
           "tls_version allows " + weak.to_string() +
               ", which is broken and deprecated (RFC 8996); OpenSSL's security level is 0 here to make it possible: "
               "take it out as soon as nobody needs it");
}

tls_version_set usable_versions(const tls_policy& policy, problems& found) {
    if (policy.of == tls_policy::side::server) return policy.versions;
    auto usable = upper_range(policy.versions);
    if (usable != policy.versions)
        report(found, problem::severity::warning, "tls_version",
               "tls_version " + policy.versions.to_string() + " has a gap, which a client cannot offer; only " +
                   usable.to_string() + " is used");
    return usable;
}

void apply_versions(SSL_CTX* context, const tls_version_set& versions, problems& found) {
    const auto list = versions.versions();
    SSL_CTX_clear_options(context, SSL_OP_NO_SSL_MASK);
    const bool in_range = SSL_CTX_set_min_proto_version(context, protocol_of(list.front())) == 1 &&
                          SSL_CTX_set_max_proto_version(context, protocol_of(list.back())) == 1;
    if (!in_range)
        report(found, problem::severity::error, "tls_version",
               "this OpenSSL was built without one of " + versions.to_string() + ": " + last_openssl_error());
    for (const auto each : {tls_version::v1_0, tls_version::v1_1, tls_version::v1_2, tls_version::v1_3})
        if (!versions.contains(each)) SSL_CTX_set_options(context, prohibition_of(each));
    if (has_weak(versions)) SSL_CTX_set_security_level(context, 0);
}

void apply_fixed_policy(SSL_CTX* context, tls_policy::side of) {
    // What a system-wide openssl.cnf may have loosened is tightened again.
    SSL_CTX_clear_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
                                       SSL_OP_ALLOW_CLIENT_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_ANTI_REPLAY |
                                       SSL_OP_IGNORE_UNEXPECTED_EOF);
    // Without SSL_OP_IGNORE_UNEXPECTED_EOF a stream cut short is told from one that was closed.
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_SSLv3);
    // What the certificate file holds is sent, no more: building the chain anew for each handshake costs time.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_max_early_data(context, 0);
    if (of == tls_policy::side::client) return;
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_dh_auto(context, 1);  // for those who list DHE ciphers
}

}  // namespace

std::string default_ciphers(const tls_policy& policy) {
    std::string list =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
        "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
        "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
    const bool weak = has_weak(policy.versions);
    if (policy.of == tls_policy::side::server) return weak ? list + ":ECDHE+AES:DHE+AES:RSA+AES:!AESCCM" : list;
    // MySQL 5.7 built with OpenSSL 1.0 has forward secrecy by DHE alone. MySQL 5.6's yaSSL prefers DHE as well, but
    // with a group of 512 bits, which OpenSSL refuses at every level: without the ciphers of its time it takes RSA.
    list += ":DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384";
    return weak ? list + ":ECDHE+AES:RSA+AES:!AESCCM" : list;
}

void apply_policy(SSL_CTX* context, const tls_policy& policy, problems& found) {
    ERR_clear_error();
    if (policy.versions.empty()) {
        report(found, problem::severity::error, "tls_version", "tls_version names no version: set \"TLSv1.2,TLSv1.3\"");
        return;
    }
    const auto versions = usable_versions(policy, found);
    warn_of_weak_versions(versions, found);
    apply_versions(context, versions, found);
    apply_fixed_policy(context, policy.of);
    apply_ciphers(context, policy.ciphers.empty() ? default_ciphers(policy) : policy.ciphers, found);
    if (!policy.ciphersuites.empty()) apply_ciphersuites(context, policy.ciphersuites, found);
    ERR_clear_error();
}

}  // namespace portcullis::certs
