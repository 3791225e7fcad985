#include "certs/hkdf.hpp"

#include "certs/openssl_ptr.hpp"
#include "certs/random.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace portcullis::certs {
namespace {

using bytes_view = std::span<const std::uint8_t>;
using pieces = std::initializer_list<bytes_view>;
using hash_bytes = std::array<std::uint8_t, longest_hash>;

constexpr std::size_t longest_block = 128;

/// Found once, as long as the process.
const EVP_MD* digest_of(suite_hash hash) {
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
    static const EVP_MD* const sha384 = EVP_MD_fetch(nullptr, "SHA2-384", nullptr);
    return hash == suite_hash::sha256 ? sha256 : sha384;
}

/// Each thread's, one for each hash: OpenSSL makes it anew when the hash changes.
EVP_MD_CTX* context_of(suite_hash hash) {
    thread_local const evp_md_ctx_ptr sha256(EVP_MD_CTX_new());
    thread_local const evp_md_ctx_ptr sha384(EVP_MD_CTX_new());
    return hash == suite_hash::sha256 ? sha256.get() : sha384.get();
}

bool digest(suite_hash hash, bytes_view front, pieces rest, std::uint8_t* out) {
    auto* const context = context_of(hash);
    bool done = context != nullptr && EVP_DigestInit_ex2(context, digest_of(hash), nullptr) == 1 &&
                EVP_DigestUpdate(context, front.data(), front.size()) == 1;
    for (const auto& each : rest) done = done && EVP_DigestUpdate(context, each.data(), each.size()) == 1;
    return done && EVP_DigestFinal_ex(context, out, nullptr) == 1;
}

/// A key for HMAC (RFC 2104) in the two forms that it is hashed in.
class hmac_key {
public:
    hmac_key(suite_hash hash, bytes_view key) : hash_(hash), block_size_(hash == suite_hash::sha256 ? 64 : 128) {
        hash_bytes shortened{};
        if (key.size() > block_size_) {
            fine_ = digest(hash, key, {}, shortened.data());
            key = std::span(shortened).first(size_of(hash));
        }
        std::copy(key.begin(), key.end(), inner_.begin());
        for (std::size_t i = 0; i < block_size_; ++i) {
            outer_[i] = inner_[i] ^ 0x5cU;
            inner_[i] ^= 0x36U;
        }
        cleanse(shortened);
    }
    hmac_key(const hmac_key&) = delete;
    hmac_key& operator=(const hmac_key&) = delete;
    ~hmac_key() {
        cleanse(inner_);
        cleanse(outer_);
    }

    [[nodiscard]] bool sign(pieces message, hash_bytes& out) const {
        return fine_ && digest(hash_, std::span(inner_).first(block_size_), message, out.data()) &&
               digest(hash_, std::span(outer_).first(block_size_), {std::span(out).first(size_of(hash_))}, out.data());
    }

private:
    suite_hash hash_;
    std::size_t block_size_;
    bool fine_ = true;
    std::array<std::uint8_t, longest_block> inner_{};
    std::array<std::uint8_t, longest_block> outer_{};
};

}  // namespace

std::optional<suite_hash> suite_hash_of(std::string_view name) {
    for (const std::string_view each : {"SHA2-256", "SHA256", "SHA-256"})
        if (name == each) return suite_hash::sha256;
    for (const std::string_view each : {"SHA2-384", "SHA384", "SHA-384"})
        if (name == each) return suite_hash::sha384;
    return std::nullopt;
}

bool hkdf_extract(suite_hash hash, bytes_view salt, bytes_view key, std::span<std::uint8_t> out) {
    const hmac_key salted(hash, salt);
    hash_bytes made{};
    if (out.size() != size_of(hash) || !salted.sign({key}, made)) return false;
    std::copy_n(made.begin(), out.size(), out.begin());
    cleanse(made);
    return true;
}

bool hkdf_expand_label(suite_hash hash, bytes_view secret, std::string_view label, bytes_view context,
                       std::span<std::uint8_t> out) {
    constexpr std::size_t longest = 255;
    if (label.size() > longest || context.size() > longest || out.size() > longest * size_of(hash)) return false;
    const std::array lengths{static_cast<std::uint8_t>(out.size() >> 8U), static_cast<std::uint8_t>(out.size()),
                             static_cast<std::uint8_t>(label.size())};
    const std::array context_length{static_cast<std::uint8_t>(context.size())};
    const bytes_view text(reinterpret_cast<const std::uint8_t*>(label.data()), label.size());
    const hmac_key key(hash, secret);
    hash_bytes block{};
    std::array<std::uint8_t, 1> counter{};
    bytes_view before;
    bool done = true;
    while (done && !out.empty()) {
        ++counter[0];
        done = key.sign({before, lengths, text, context_length, context, counter}, block);
        before = std::span(block).first(size_of(hash));
        const auto count = std::min(out.size(), before.size());
        std::copy_n(block.begin(), count, out.begin());
        out = out.subspan(count);
    }
    cleanse(block);
    return done;
}

bool hash_of_nothing(suite_hash hash, std::span<std::uint8_t> out) {
    return out.size() == size_of(hash) && digest(hash, {}, {}, out.data());
}

}  // namespace portcullis::certs
