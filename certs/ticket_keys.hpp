// The keys by which session tickets are sealed and opened: made and renewed by the gate, or given to a whole fleet.
// What a ticket may resume is not decided here: see the session id context of server_context.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "certs/problem.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::certs {

/// How long after the handshake that sealed it a ticket resumes; what clients are told too (RFC 5077 3.3, RFC 8446
/// 4.6.1).
inline constexpr std::chrono::hours ticket_lifetime{2};

/// How often to call ticket_keys::renew(). Who steals the memory of the gate can read what TLS 1.2 clients said in
/// sessions sealed by the keys that are left, so they do not grow old.
inline constexpr std::chrono::hours ticket_key_interval{1};

/// One key: AES-256-CBC and HMAC-SHA-256, as RFC 5077 section 4 recommends. Wiped when it goes.
struct ticket_key {
    static constexpr std::size_t name_size = 16;
    static constexpr std::size_t hmac_size = 32;
    static constexpr std::size_t aes_size = 32;

    std::array<std::uint8_t, name_size> name{};
    std::array<std::uint8_t, hmac_size> hmac{};
    std::array<std::uint8_t, aes_size> aes{};

    ticket_key() = default;
    ticket_key(const ticket_key&) = default;
    ticket_key& operator=(const ticket_key&) = default;
    ~ticket_key();
};

/// Reads a file of keys for load_ticket_keys(). At most ten lines, each 80 random bytes in base64: name, HMAC key, AES
/// key; empty lines and such that begin with '#' are passed over. The last key is the one to come, the one before it
/// seals: so a key can be everywhere before the first ticket is sealed by it. A single key seals. The form and the
/// order are those of HAProxy's `tls-ticket-keys`.
/// The result has the sealing key first. Empty if there was an error, reported under `setting`.
[[nodiscard]] std::vector<ticket_key> load_ticket_keys(const std::string& setting, const std::filesystem::path& file,
                                                       problems& found);

/// The keys in force. May be used by several threads at once.
class ticket_keys {
public:
    /// With a key of its own. If OpenSSL has no random bytes there is none, and handshakes fail, as they do then
    /// anyway.
    ticket_keys();

    /// Keys that were loaded, or, if there are none, own ones: those of before if they were.
    void adopt(const std::vector<ticket_key>& loaded);

    /// Seals by a new key from now on and forgets the keys whose tickets have expired. Does nothing to loaded keys.
    void renew();

    [[nodiscard]] std::optional<ticket_key> sealing() const;

    struct found_key {
        ticket_key key;
        bool seals;
    };
    [[nodiscard]] std::optional<found_key> find(const std::uint8_t* name) const;

private:
    void make_own();

    mutable std::mutex mutex_;
    std::vector<ticket_key> keys_;  ///< the first seals
    bool own_ = true;
};

/// From now on `context` seals and opens its tickets by `keys`. False if OpenSSL fails.
[[nodiscard]] bool use_ticket_keys(SSL_CTX* context, std::shared_ptr<const ticket_keys> keys);

}  // namespace portcullis::certs
