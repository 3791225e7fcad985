#include "certs/own_algorithms.hpp"

#include <openssl/ssl.h>

#include <array>

namespace portcullis::certs {
namespace {

/// What a context's pointer leads to: OpenSSL keeps it, and nobody has to free it.
constexpr std::array choices{own_algorithms{false, false}, own_algorithms{false, true}, own_algorithms{true, false},
                             own_algorithms{true, true}};

int index() {
    static const int made = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return made;
}

}  // namespace

bool set_own_algorithms(SSL_CTX* context, const own_algorithms& own) {
    const auto& chosen = choices[(own.aes_gcm ? 2U : 0U) + (own.tls13 ? 1U : 0U)];
    return SSL_CTX_set_ex_data(context, index(), const_cast<own_algorithms*>(&chosen)) == 1;
}

own_algorithms own_algorithms_of(const SSL_CTX* context) {
    const auto* const chosen = static_cast<const own_algorithms*>(SSL_CTX_get_ex_data(context, index()));
    return chosen != nullptr ? *chosen : own_algorithms();
}

}  // namespace portcullis::certs
