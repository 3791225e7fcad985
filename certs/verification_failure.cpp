#include "certs/verification_failure.hpp"

#include "certs/alternative_name.hpp"
#include "certs/distinguished_name.hpp"

#include <new>

namespace portcullis::certs {
namespace {

/// A peer chooses its names; a log line has an end.
constexpr std::size_t longest_name = 300;

void free_text(void* /*parent*/, void* text, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*argl*/, void* /*argp*/) {
    delete static_cast<std::string*>(text);
}

int text_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_text);
    return index;
}

std::string shortened(std::string text) {
    if (text.size() <= longest_name) return text;
    std::size_t end = longest_name;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not inside a character
    return text.substr(0, end) + "...";
}

std::string names_in(const X509* certificate) {
    std::string text;
    for (const auto& name : alternative_names_of(certificate)) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "it names no host at all" : "it names " + shortened(std::move(text));
}

std::string describe(int error, int depth, const X509* certificate) {
    std::string text = X509_verify_cert_error_string(error);
    text += " (depth " + std::to_string(depth);
    if (certificate != nullptr) {
        const auto name = [](const X509_NAME* of) { return shortened(distinguished_name::from(of).to_string()); };
        text += ", " + name(X509_get_subject_name(certificate));
        if (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH)
            text += ", " + names_in(certificate);
        else
            text += ", issued by " + name(X509_get_issuer_name(certificate));
    }
    return text + ")";
}

}  // namespace

int remember_failure(int verified, X509_STORE_CTX* context) noexcept {
    if (verified == 1) return verified;
    auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (ssl == nullptr || SSL_get_ex_data(ssl, text_index()) != nullptr) return verified;
    try {
        auto text = std::make_unique<std::string>(describe(X509_STORE_CTX_get_error(context),
                                                           X509_STORE_CTX_get_error_depth(context),
                                                           X509_STORE_CTX_get_current_cert(context)));
        if (SSL_set_ex_data(ssl, text_index(), text.get()) == 1) static_cast<void>(text.release());
    } catch (const std::bad_alloc&) {
        // The verdict stands without its words; exceptions must not pass through OpenSSL.
        return verified;
    }
    return verified;
}

std::string verification_failure(const SSL* ssl) {
    const long result = SSL_get_verify_result(ssl);
    if (result == X509_V_OK || SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE) return {};
    const auto* const text = static_cast<const std::string*>(SSL_get_ex_data(ssl, text_index()));
    return text != nullptr ? *text : X509_verify_cert_error_string(result);
}

}  // namespace portcullis::certs
