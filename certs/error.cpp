#include "certs/error.hpp"

#include <openssl/err.h>

#include <array>

namespace portcullis::certs {
namespace {

class certs_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "portcullis.certs"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::bad_distinguished_name:
                return "not a distinguished name like /C=SE/O=Example/CN=app (inside a value write \\/ and \\+)";
            case errc::bad_tls_version:
                return "not a comma separated list of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3, each at most once";
            case errc::bad_key_type:
                return "not one of rsa:2048, rsa:3072, rsa:4096, ecdsa:P-256, ecdsa:P-384";
            case errc::bad_alternative_name:
                return "neither a DNS name nor an IP address";
            case errc::bad_host:
                return "not a host name or address that a certificate could be checked against";
            case errc::bad_path:
                return "not a usable file name (empty, or with a NUL in it)";
            case errc::not_a_regular_file:
                return "not a regular file";
            case errc::file_too_large:
                return "larger than 64 MiB";
            case errc::damaged_pem:
                return "holds a PEM block that cannot be decoded";
            case errc::no_certificate:
                return "holds no PEM certificate";
            case errc::openssl_failed:
                return "OpenSSL refused";
        }
        return "unknown error";
    }
};

std::string text_of(unsigned long code, const char* data, int flags) {
    const char* reason = ERR_reason_error_string(code);
    std::string text;
    if (reason != nullptr) {
        text = reason;
    } else {
        std::array<char, 256> buffer{};
        ERR_error_string_n(code, buffer.data(), buffer.size());
        text = buffer.data();
    }
    if ((flags & ERR_TXT_STRING) != 0 && data != nullptr && *data != '\0') text += std::string(" (") + data + ")";
    return text;
}

}  // namespace

const boost::system::error_category& category() noexcept {
    static const certs_category instance;
    return instance;
}

std::string last_openssl_error() {
    std::string all;
    std::string previous;
    const char* data = nullptr;
    int flags = 0;
    while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
        std::string text = text_of(code, data, flags);
        // OpenSSL repeats a reason at every level it passes.
        if (text == previous) continue;
        all += (all.empty() ? "" : ", ") + text;
        previous = std::move(text);
    }
    return all;
}

}  // namespace portcullis::certs
