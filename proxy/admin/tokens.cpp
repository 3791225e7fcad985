#include "proxy/admin/tokens.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <strings.h>

namespace portcullis::admin {

tokens::digest tokens::hash_of(std::string_view text) {
    digest out{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
    return out;
}

tokens::tokens(const std::vector<config::admin_token>& settings) {
    for (const auto& each : settings) known_.push_back({hash_of(each.secret), each.expires});
}

tokens::verdict tokens::look_up(std::string_view presented, std::chrono::system_clock::time_point now) const {
    const auto hash = hash_of(presented);
    auto found = verdict::unknown;
    for (const auto& each : known_) {
        if (CRYPTO_memcmp(hash.data(), each.hash.data(), hash.size()) != 0) continue;
        found = each.expires && now >= *each.expires ? verdict::expired : verdict::valid;
    }
    return found;
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "Bearer ";  // RFC 9110, 11.1: case does not matter
    if (authorization.size() <= scheme.size() || ::strncasecmp(authorization.data(), scheme.data(), scheme.size()) != 0)
        return std::nullopt;
    authorization.remove_prefix(scheme.size());
    return authorization;
}

gate::bans make_token_bans() {
    config::limits limits;
    limits.ban_after = wrong_tokens;
    limits.ban_window = wrong_tokens_pause;
    limits.ban_time = wrong_tokens_pause;
    return gate::bans(limits, 1024);
}

}  // namespace portcullis::admin
