// HKDF (RFC 5869) as TLS 1.3 uses it (RFC 8446, 7.1), without an allocation or a look-up by name: a handshake derives
// some twenty secrets, and OpenSSL 3.0 looks its functions up for each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace portcullis::certs {

/// The hash of a cipher suite.
enum class suite_hash { sha256, sha384 };

constexpr std::size_t longest_hash = 48;

[[nodiscard]] constexpr std::size_t size_of(suite_hash hash) {
    return hash == suite_hash::sha256 ? 32 : longest_hash;
}

/// Of OpenSSL's name for it; nothing: no cipher suite of TLS 1.3 has it.
[[nodiscard]] std::optional<suite_hash> suite_hash_of(std::string_view name);

/// HKDF-Extract, into size_of(hash) bytes. False: OpenSSL failed.
[[nodiscard]] bool hkdf_extract(suite_hash hash, std::span<const std::uint8_t> salt, std::span<const std::uint8_t> key,
                                std::span<std::uint8_t> out);

/// HKDF-Expand-Label, `label` with its prefix ("tls13 key"). False: OpenSSL failed, or a length that the label's
/// encoding has no room for.
[[nodiscard]] bool hkdf_expand_label(suite_hash hash, std::span<const std::uint8_t> secret, std::string_view label,
                                     std::span<const std::uint8_t> context, std::span<std::uint8_t> out);

/// The hash of no bytes, the context of "derived".
[[nodiscard]] bool hash_of_nothing(suite_hash hash, std::span<std::uint8_t> out);

}  // namespace portcullis::certs
