#include "certs/random.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace portcullis::certs {

bool fill_random(std::span<std::uint8_t> out) {
    return RAND_priv_bytes(out.data(), static_cast<int>(out.size())) == 1;
}

void cleanse(std::span<std::uint8_t> secret) {
    OPENSSL_cleanse(secret.data(), secret.size());
}

}  // namespace portcullis::certs
