#include "certs/password_key.hpp"

#include "certs/certificate_pair.hpp"
#include "certs/key_type.hpp"
#include "certs/printable.hpp"
#include "certs/random.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace portcullis::certs {
namespace {

constexpr int smallest_own_key = 2048;
constexpr int smallest_servers_key = 1024;
constexpr int largest_key = 16384;

using context_ptr = std::unique_ptr<EVP_PKEY_CTX, openssl_free<EVP_PKEY_CTX_free>>;
using operation = int (*)(EVP_PKEY_CTX*, unsigned char*, std::size_t*, const unsigned char*, std::size_t);

/// One RSA-OAEP operation, encryption or decryption.
std::optional<std::vector<std::uint8_t>> transform(EVP_PKEY* key, int (*begin)(EVP_PKEY_CTX*), operation run,
                                                   std::span<const std::uint8_t> in) {
    ERR_clear_error();
    const context_ptr context(EVP_PKEY_CTX_new(key, nullptr));
    std::vector<std::uint8_t> out(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
    std::size_t size = out.size();
    const bool done = context && begin(context.get()) == 1 &&
                      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
                      run(context.get(), out.data(), &size, in.data(), in.size()) == 1;
    ERR_clear_error();
    if (!done) {
        cleanse(out);
        return std::nullopt;
    }
    out.resize(size);
    return out;
}

std::string public_pem_of(EVP_PKEY* key) {
    const bio_ptr memory(BIO_new(BIO_s_mem()));
    if (!memory || PEM_write_bio_PUBKEY(memory.get(), key) != 1) return {};
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

/// OpenSSL would ask at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

}  // namespace

password_key::password_key(evp_pkey_ptr key) : key_(std::move(key)), public_pem_(public_pem_of(key_.get())) {}

std::shared_ptr<const password_key> password_key::make() {
    auto key = generate_key(key_type::rsa_2048);
    if (!key) return nullptr;
    return std::shared_ptr<const password_key>(new password_key(std::move(*key)));
}

std::shared_ptr<const password_key> password_key::load(const std::string& setting, const std::filesystem::path& file,
                                                       problems& found) {
    problems of_key;
    auto key = load_key(file, of_key);
    for (auto& each : of_key) found.push_back({each.level, setting, std::move(each.text)});
    if (!key) return nullptr;
    if (EVP_PKEY_is_a(key.get(), "RSA") != 1 || EVP_PKEY_get_bits(key.get()) < smallest_own_key) {
        found.push_back({problem::severity::error, setting,
                         printable(file.native()) + " must hold an RSA key of " + std::to_string(smallest_own_key) +
                             " bits or more: make one with 'openssl genrsa -out FILE 2048'"});
        return nullptr;
    }
    return std::shared_ptr<const password_key>(new password_key(std::move(key)));
}

std::optional<std::vector<std::uint8_t>> password_key::decrypt(std::span<const std::uint8_t> hidden) const {
    return transform(key_.get(), EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, hidden);
}

std::optional<std::vector<std::uint8_t>> encrypt_for(std::string_view public_pem,
                                                     std::span<const std::uint8_t> readable) {
    ERR_clear_error();
    const bio_ptr memory(BIO_new_mem_buf(public_pem.data(), static_cast<int>(public_pem.size())));
    const evp_pkey_ptr key(memory ? PEM_read_bio_PUBKEY(memory.get(), nullptr, no_passphrase, nullptr) : nullptr);
    ERR_clear_error();
    if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1) return std::nullopt;
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits < smallest_servers_key || bits > largest_key) return std::nullopt;
    return transform(key.get(), EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, readable);
}

}  // namespace portcullis::certs
