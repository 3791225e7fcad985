#include "certs/record_keys.hpp"

#include "certs/random.hpp"

namespace portcullis::certs {

std::optional<suite> suite_of(std::uint16_t number) {
    switch (number) {
        case 0x1301:
            return suite{aead::aes_128_gcm, suite_hash::sha256};
        case 0x1302:
            return suite{aead::aes_256_gcm, suite_hash::sha384};
        case 0x1303:
            return suite{aead::chacha20_poly1305, suite_hash::sha256};
        default:
            return std::nullopt;
    }
}

std::optional<record_keys> record_keys::make(const suite& of, direction does, const traffic_secret& secret,
                                             std::uint64_t sealed_before) {
    record_keys made(of, does);
    if (!made.use(secret)) return std::nullopt;
    made.sequence_ = sealed_before;
    return made;
}

bool record_keys::use(const traffic_secret& secret) {
    std::array<std::uint8_t, 32> key{};
    const auto used = std::span(key).first(key_size_of(suite_.cipher));
    if (hkdf_expand_label(suite_.hash, secret.bytes(), "tls13 key", {}, used) &&
        hkdf_expand_label(suite_.hash, secret.bytes(), "tls13 iv", {}, iv_))
        cipher_ = make_record_cipher(suite_.cipher, does_, used, suite_.by_intel);
    else
        cipher_ = nullptr;
    cleanse(key);
    secret_ = secret;
    sequence_ = 0;
    return cipher_ != nullptr;
}

bool record_keys::renew() {
    std::array<std::uint8_t, longest_hash> made{};
    const auto used = std::span(made).first(size_of(suite_.hash));
    traffic_secret next;
    const bool derived = hkdf_expand_label(suite_.hash, secret_.bytes(), "tls13 traffic upd", {}, used);
    if (derived) next.set(used);
    cleanse(made);
    return derived && use(next);
}

record_cipher::nonce record_keys::next_nonce() {
    auto once = iv_;
    const auto number = sequence_++;
    for (std::size_t i = 0; i < sizeof number; ++i)
        once[once.size() - 1 - i] ^= static_cast<std::uint8_t>(number >> (8 * i));
    return once;
}

bool record_keys::seal(record_cipher::bytes_view header, record_cipher::bytes_view text, std::uint8_t type,
                       std::uint8_t* out) {
    const auto once = next_nonce();
    return cipher_->seal(once, header, text, type, out);
}

bool record_keys::open(record_cipher::bytes_view header, record_cipher::bytes_view sealed, std::uint8_t* out) {
    const auto once = next_nonce();
    return cipher_->open(once, header, sealed, out);
}

}  // namespace portcullis::certs
