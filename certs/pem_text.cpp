#include "certs/pem_text.hpp"

#include <openssl/pem.h>

namespace portcullis::certs {
namespace {

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

std::string pem_of(X509* certificate) {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return {};
    return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key, bool traditional) {
    // A memory BIO cleanses what it held when it goes.
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    if (!bio) return {};
    const int written =
        traditional ? PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr)
                    : PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return written == 1 ? text_of(bio.get()) : std::string();
}

}  // namespace portcullis::certs
