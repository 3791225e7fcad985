#include "certs/key_type.hpp"

#include "certs/error.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace portcullis::certs {
namespace {

struct kind {
    key_type type;
    std::string_view name;
    std::size_t rsa_bits;  ///< 0: not RSA
    const char* curve;
};

constexpr std::array kinds = {
    kind{key_type::rsa_2048, "rsa:2048", 2048, nullptr},   kind{key_type::rsa_3072, "rsa:3072", 3072, nullptr},
    kind{key_type::rsa_4096, "rsa:4096", 4096, nullptr},   kind{key_type::ecdsa_p256, "ecdsa:P-256", 0, "P-256"},
    kind{key_type::ecdsa_p384, "ecdsa:P-384", 0, "P-384"},
};

const kind& kind_of(key_type type) {
    return *std::ranges::find(kinds, type, &kind::type);
}

int lower(unsigned char letter) {
    return std::tolower(letter);
}

}  // namespace

boost::system::result<key_type> parse_key_type(std::string_view text) {
    const auto* const found = std::ranges::find_if(
        kinds, [&](const kind& each) { return std::ranges::equal(text, each.name, {}, lower, lower); });
    if (found == kinds.end()) return errc::bad_key_type;
    return found->type;
}

std::string_view to_string(key_type type) {
    return kind_of(type).name;
}

boost::system::result<evp_pkey_ptr> generate_key(key_type type) {
    ERR_clear_error();
    const kind& wanted = kind_of(type);
    evp_pkey_ptr key(wanted.rsa_bits != 0 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", wanted.rsa_bits)
                                          : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", wanted.curve));
    if (!key) return errc::openssl_failed;
    return key;
}

}  // namespace portcullis::certs
