// The bearer tokens that the interface takes, and who has presented too many wrong ones. Security rule 26.
// Keeps hashes, not tokens; the time is passed in.
#pragma once

#include "proxy/config/config.hpp"
#include "proxy/gate/bans.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace portcullis::admin {

class tokens {
public:
    enum class verdict { valid, unknown, expired };

    explicit tokens(const std::vector<config::admin_token>& settings);

    /// Takes as long whichever token it is, and however much of it is right.
    [[nodiscard]] verdict look_up(std::string_view presented, std::chrono::system_clock::time_point now) const;

private:
    using digest = std::array<unsigned char, 32>;
    struct known {
        digest hash;
        std::optional<std::chrono::sys_seconds> expires;
    };
    static digest hash_of(std::string_view text);

    std::vector<known> known_;
};

/// The token of "Bearer TOKEN"; nothing if the header is another one.
[[nodiscard]] std::optional<std::string_view> bearer_token(std::string_view authorization);

/// Addresses that presented wrong tokens: ten within a minute, and none is looked at for a minute.
inline constexpr unsigned wrong_tokens = 10;
inline constexpr std::chrono::seconds wrong_tokens_pause{60};
[[nodiscard]] gate::bans make_token_bans();

}  // namespace portcullis::admin
