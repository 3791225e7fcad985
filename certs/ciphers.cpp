#include "certs/ciphers.hpp"

#include "certs/error.hpp"
#include "certs/printable.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace portcullis::certs {
namespace {

std::vector<std::string> words_of(const std::string& list, std::string_view separators) {
    std::vector<std::string> words;
    std::size_t begin = 0;
    while ((begin = list.find_first_not_of(separators, begin)) != std::string::npos) {
        const auto end = list.find_first_of(separators, begin);
        words.push_back(list.substr(begin, end - begin));
        begin = end;
    }
    return words;
}

ssl_ctx_ptr scratch_context() {
    return ssl_ctx_ptr(SSL_CTX_new(TLS_method()));
}

bool is_suite_of_tls13(const std::string& name) {
    const auto scratch = scratch_context();
    if (!scratch || SSL_CTX_set_ciphersuites(scratch.get(), name.c_str()) != 1) return false;
    const auto* const suites = SSL_CTX_get_ciphers(scratch.get());
    for (int index = 0; index < sk_SSL_CIPHER_num(suites); ++index)
        if (name == SSL_CIPHER_get_name(sk_SSL_CIPHER_value(suites, index))) return true;
    return false;
}

/// Exclusions are not asked: OpenSSL cannot tell "!RC4" where RC4 is not built in from a word it does not know.
bool selects_something(SSL_CTX* scratch, const std::string& word) {
    if (word.starts_with('!') || word.starts_with('-') || word.starts_with('@')) return true;
    return SSL_CTX_set_cipher_list(scratch, word.c_str()) == 1;
}

void check_words(const std::string& list, problems& found) {
    const auto scratch = scratch_context();
    if (!scratch) return;
    for (const auto& word : words_of(list, ":, ;")) {
        if (selects_something(scratch.get(), word)) continue;
        const std::string quoted = "ssl_cipher: '" + printable(word) + "' ";
        found.push_back({problem::severity::warning, "ssl_cipher",
                         is_suite_of_tls13(word)
                             ? quoted + "is a suite of TLS 1.3 and belongs into tls_ciphersuites"
                             : quoted + "selects no cipher of this OpenSSL: 'openssl ciphers -v ALL' lists them"});
    }
}

}  // namespace

void apply_ciphers(SSL_CTX* context, const std::string& list, problems& found) {
    check_words(list, found);
    ERR_clear_error();
    const int level = SSL_CTX_get_security_level(context);
    if (SSL_CTX_set_cipher_list(context, (list + ":!aNULL:!eNULL").c_str()) != 1)
        found.push_back({problem::severity::error, "ssl_cipher",
                         "ssl_cipher: no cipher is left of '" + printable(list) + "' (" + last_openssl_error() +
                             "): correct the list, or leave it empty for the default"});
    if (SSL_CTX_get_security_level(context) < level)
        found.push_back({problem::severity::warning, "ssl_cipher",
                         "ssl_cipher lowers OpenSSL's security level from " + std::to_string(level) + " to " +
                             std::to_string(SSL_CTX_get_security_level(context)) +
                             ": weak keys and signatures are accepted here"});
}

void apply_ciphersuites(SSL_CTX* context, const std::string& list, problems& found) {
    bool all_known = true;
    for (const auto& word : words_of(list, ":")) {
        if (is_suite_of_tls13(word)) continue;
        all_known = false;
        found.push_back(
            {problem::severity::error, "tls_ciphersuites",
             "tls_ciphersuites: '" + printable(word) +
                 "' is no suite of TLS 1.3; there are TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256, "
                 "TLS_AES_128_GCM_SHA256, TLS_AES_128_CCM_SHA256 and TLS_AES_128_CCM_8_SHA256"});
    }
    ERR_clear_error();
    if (all_known && SSL_CTX_set_ciphersuites(context, list.c_str()) != 1)
        found.push_back({problem::severity::error, "tls_ciphersuites",
                         "tls_ciphersuites: OpenSSL refuses '" + printable(list) + "': " + last_openssl_error()});
    ERR_clear_error();
}

}  // namespace portcullis::certs
