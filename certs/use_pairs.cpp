#include "certs/use_pairs.hpp"

#include "certs/error.hpp"
#include "certs/printable.hpp"

#include <openssl/err.h>

#include <map>
#include <string>

namespace portcullis::certs {
namespace {

/// OpenSSL keeps one pair per slot: every curve of ECDSA shares one, RSA-PSS has its own.
std::string slot_of(EVP_PKEY* key) {
    const char* const name = EVP_PKEY_get0_type_name(key);
    return name == nullptr ? "unknown" : name;
}

bool put(SSL_CTX* context, const loaded_pair& pair) {
    STACK_OF(X509)* const rest = sk_X509_new_null();
    if (rest == nullptr) return false;
    for (std::size_t index = 1; index < pair.certificates.size(); ++index)
        sk_X509_push(rest, pair.certificates[index].get());
    ERR_clear_error();
    const bool accepted =
        SSL_CTX_use_cert_and_key(context, pair.certificates.front().get(), pair.key.get(), rest, 1) == 1;
    sk_X509_free(rest);
    return accepted;
}

/// What OpenSSL cannot build stays as it is: the leaf alone is then what peers are sent.
void complete_chain(SSL_CTX* context) {
    SSL_CTX_build_cert_chain(
        context, SSL_BUILD_CHAIN_FLAG_NO_ROOT | SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR | SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR);
    ERR_clear_error();
}

}  // namespace

void use_pairs(SSL_CTX* context, const std::vector<certificate_pair>& pairs, pair_use use, problems& found) {
    std::map<std::string, std::string> taken;
    for (const auto& files : pairs) {
        const auto pair = load_pair(files, use, found);
        if (!pair) continue;
        const std::string file = printable(files.cert.native());
        const auto [slot, is_new] = taken.emplace(slot_of(pair->key.get()), file);
        if (!is_new) {
            found.push_back({problem::severity::error, "ssl_cert",
                             file + " has the same type of key (" + slot->first + ") as " + slot->second +
                                 "; of several pairs each needs another type, such as one RSA and one ECDSA"});
            continue;
        }
        if (!put(context, *pair)) {
            found.push_back({problem::severity::error, "ssl_cert",
                             "OpenSSL does not accept " + file + " at security level " +
                                 std::to_string(SSL_CTX_get_security_level(context)) + ": " + last_openssl_error() +
                                 "; use a pair with at least RSA 2048 or ECDSA P-256, signed with SHA-256 or better"});
            continue;
        }
        if (pair->certificates.size() == 1) complete_chain(context);
    }
}

}  // namespace portcullis::certs
