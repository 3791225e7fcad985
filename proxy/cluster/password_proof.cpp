#include "proxy/cluster/password_proof.hpp"

#include <openssl/evp.h>

#include <initializer_list>
#include <memory>

namespace portcullis::cluster {
namespace {

using protocol::bytes;
using protocol::bytes_view;

bytes digest(const EVP_MD* algorithm, std::initializer_list<bytes_view> parts) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    bytes out(static_cast<std::size_t>(EVP_MD_get_size(algorithm)));
    EVP_DigestInit_ex(context.get(), algorithm, nullptr);
    for (const auto part : parts) EVP_DigestUpdate(context.get(), part.data(), part.size());
    EVP_DigestFinal_ex(context.get(), out.data(), nullptr);
    return out;
}

bytes exclusive_or(bytes left, bytes_view right) {
    for (std::size_t i = 0; i < left.size(); ++i) left[i] ^= right[i];
    return left;
}

}  // namespace

bytes prove_native(std::string_view password, bytes_view scramble) {
    if (password.empty()) return {};
    const auto once = digest(EVP_sha1(), {protocol::as_bytes(password)});
    const auto twice = digest(EVP_sha1(), {once});
    return exclusive_or(once, digest(EVP_sha1(), {scramble, twice}));
}

bytes prove_caching_sha2(std::string_view password, bytes_view scramble) {
    if (password.empty()) return {};
    const auto once = digest(EVP_sha256(), {protocol::as_bytes(password)});
    const auto twice = digest(EVP_sha256(), {once});
    return exclusive_or(once, digest(EVP_sha256(), {twice, scramble}));
}

}  // namespace portcullis::cluster
