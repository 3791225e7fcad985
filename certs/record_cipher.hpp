// One direction's AEAD with its key: seals and opens whole messages. By Intel's Multi-Buffer library where there is one
// for the cipher and the CPU, else by OpenSSL's EVP.
// Knows no records and no sequence numbers: record_keys does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace portcullis::certs {

/// The AEADs of TLS 1.3 that the gate seals records with by itself (RFC 8446, B.4).
enum class aead { aes_128_gcm, aes_256_gcm, chacha20_poly1305 };

[[nodiscard]] constexpr std::size_t key_size_of(aead which) {
    return which == aead::aes_128_gcm ? 16 : 32;
}

enum class direction { seal, open };

class record_cipher {
public:
    static constexpr std::size_t nonce_size = 12;
    static constexpr std::size_t tag_size = 16;
    using nonce = std::array<std::uint8_t, nonce_size>;
    using bytes_view = std::span<const std::uint8_t>;

    record_cipher() = default;
    record_cipher(const record_cipher&) = delete;
    record_cipher& operator=(const record_cipher&) = delete;
    virtual ~record_cipher() = default;

    /// Writes `text`, `last` and the tag, all sealed, to `out`, which has room for them and does not overlap `text`.
    /// False: OpenSSL failed; what is in `out` must not be sent.
    [[nodiscard]] virtual bool seal(const nonce& once, bytes_view aad, bytes_view text, std::uint8_t last,
                                    std::uint8_t* out) = 0;
    /// Writes the text of `sealed`, which ends with the tag, to `out`: that many bytes without the tag. False: the tag
    /// is not that of key, nonce, aad and text, and what is in `out` is nobody's. Precondition: there is a tag.
    [[nodiscard]] virtual bool open(const nonce& once, bytes_view aad, bytes_view sealed, std::uint8_t* out) = 0;

    /// Brings the key to the CPU's caches without waiting for it.
    void prefetch() const {
        constexpr std::ptrdiff_t cache_line = 64;
        constexpr std::ptrdiff_t key = 512;  // Intel's: round keys, and what a short record takes of its hash keys
        const auto* const begin = reinterpret_cast<const char*>(this);
        for (std::ptrdiff_t at = 0; at < key; at += cache_line) __builtin_prefetch(begin + at);
    }
};

/// Whether Intel's library is there, this CPU has the instructions that it takes, and it seals as OpenSSL does.
[[nodiscard]] bool has_intel_aes_gcm();

/// By Intel's library only if it may be. nullptr: OpenSSL failed. Precondition: `key` has the size that `which` takes.
[[nodiscard]] std::unique_ptr<record_cipher> make_record_cipher(aead which, direction does,
                                                                std::span<const std::uint8_t> key, bool by_intel);

}  // namespace portcullis::certs
