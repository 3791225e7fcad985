#include "proxy/cluster/password_exchange.hpp"

#include "certs/random.hpp"
#include "protocol/auth_messages.hpp"

#include <algorithm>
#include <utility>

namespace portcullis::cluster {
namespace {

using protocol::bytes;
using protocol::bytes_view;

constexpr std::size_t scramble_size = 20;
constexpr std::uint8_t more_data = 0x01;
constexpr std::uint8_t full_authentication = 0x04;
constexpr std::size_t smallest_hidden = 128;  // RSA of 1024 bits

/// What sha256_password's client sends for an empty password, and what proves no other.
const bytes no_password{0};

bool is_empty(const bytes& answer) {
    return answer.empty() || answer == no_password;
}

bytes_view first_of(bytes_view data, std::size_t size) {
    return data.first(std::min(size, data.size()));
}

}  // namespace

password_exchange::password_exchange(std::string_view plugin, bytes_view switch_data, protocol::legs between,
                                     std::shared_ptr<const certs::password_key> key)
    : caching_(plugin == protocol::caching_sha2_password),
      between_(between),
      key_(std::move(key)),
      due_(plugin == protocol::sha256_password) {
    const auto scramble = first_of(switch_data, scramble_size);
    scramble_.assign(scramble.begin(), scramble.end());
}

password_exchange::~password_exchange() {
    certs::cleanse(waiting_);
}

bool password_exchange::asks_for_key(const bytes& answer) const {
    return answer.size() == 1 && answer.front() == (caching_ ? 0x02 : 0x01);
}

/// A password is hidden XORed with the scramble, its final NUL included.
void password_exchange::mask(bytes& password) const {
    if (scramble_.empty()) return;
    for (std::size_t i = 0; i < password.size(); ++i) password[i] ^= scramble_[i % scramble_.size()];
}

/// What cannot be revealed becomes a wrong password: the aggregator refuses it as it refuses every other.
bytes password_exchange::reveal(const bytes& hidden) const {
    auto password = key_ ? key_->decrypt(hidden) : std::nullopt;
    if (!password) return no_password;
    mask(*password);
    return std::move(*password);
}

password_exchange::message password_exchange::client_said(bytes answer) {
    if (!due_ || is_empty(answer)) return {to::aggregator, std::move(answer)};
    if (between_.client_secure) {
        if (between_.aggregator_secure) return {to::aggregator, std::move(answer)};
        waiting_ = std::move(answer);
        return {to::aggregator, bytes{static_cast<std::uint8_t>(caching_ ? 0x02 : 0x01)}};
    }
    if (!between_.aggregator_secure) {
        // Hidden with the aggregator's key, or a wish for it; anything else could be readable.
        const bool hidden = asks_for_key(answer) || answer.size() >= smallest_hidden;
        if (hidden) return {to::aggregator, std::move(answer)};
        certs::cleanse(answer);
        return {to::aggregator, no_password};
    }
    if (asks_for_key(answer) && key_ && !std::exchange(key_given_, true)) {
        bytes payload{more_data};
        const auto& pem = key_->public_pem();
        payload.insert(payload.end(), pem.begin(), pem.end());
        return {to::client, std::move(payload)};
    }
    const certs::cleansing wipe(answer);
    return {to::aggregator, reveal(answer)};
}

protocol::result<std::optional<bytes>> password_exchange::aggregator_said(bytes_view payload) {
    const bool wrapped = !payload.empty() && payload.front() == more_data;
    const auto said = wrapped ? payload.subspan(1) : payload;
    if (waiting_.empty()) {
        if (caching_ && said.size() == 1 && said.front() == full_authentication) due_ = true;
        return std::optional<bytes>();
    }
    auto password = std::exchange(waiting_, {});
    const certs::cleansing wipe(password);
    mask(password);
    auto hidden = certs::encrypt_for(protocol::as_text(said), password);
    if (!hidden) return protocol::errc::unexpected_message;
    return std::optional<bytes>(std::move(*hidden));
}

}  // namespace portcullis::cluster
