#include "proxy/net/openssl_errors.hpp"

#include <openssl/err.h>

#include <array>

namespace portcullis::net {

void clear_openssl_errors() {
    if (ERR_peek_error() != 0) ERR_clear_error();  // that touches every slot of the queue
}

std::string take_openssl_errors() {
    std::string text;
    while (const unsigned long code = ERR_get_error()) {
        std::array<char, 256> line{};
        ERR_error_string_n(code, line.data(), line.size());
        if (!text.empty()) text += "; ";
        text += line.data();
    }
    return text;
}

}  // namespace portcullis::net
