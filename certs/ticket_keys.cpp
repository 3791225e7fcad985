#include "certs/ticket_keys.hpp"

#include "certs/printable.hpp"
#include "certs/random.hpp"
#include "certs/secret_file.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace portcullis::certs {
namespace {

constexpr std::size_t key_size = ticket_key::name_size + ticket_key::hmac_size + ticket_key::aes_size;
constexpr std::size_t written_size = (key_size + 2) / 3 * 4;  // in base64
constexpr std::size_t most_keys = 10;
constexpr const char* how_to_make_one = " (make one with: openssl rand 80 | openssl base64 -A; echo)";

/// The sealing one, and those that sealed tickets that have not expired.
constexpr std::size_t own_keys = 1 + ticket_lifetime / ticket_key_interval;

bool decode(std::string_view line, ticket_key& key) {
    std::array<std::uint8_t, written_size / 4 * 3> bytes{};
    if (line.size() != written_size || line[written_size - 1] != '=' || line[written_size - 2] == '=') return false;
    // It passes over blanks at both ends, and decodes fewer bytes then.
    const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(line.data()), written_size);
    const bool whole = size == static_cast<int>(bytes.size());
    if (whole) {
        const auto* from = bytes.data();
        for (const std::span<std::uint8_t> part :
             {std::span<std::uint8_t>(key.name), std::span<std::uint8_t>(key.hmac), std::span<std::uint8_t>(key.aes)}) {
            std::copy_n(from, part.size(), part.begin());
            from += part.size();
        }
    }
    cleanse(bytes);
    return whole;
}

/// The keys in the order of the file; "" or what is wrong with it, which never shows a key.
std::string parse(std::string_view text, std::vector<ticket_key>& keys) {
    keys.reserve(most_keys);  // no copy stays behind
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || line.starts_with('#')) continue;
        const auto where = "line " + std::to_string(number);
        ticket_key key;
        if (!decode(line, key)) return where + " is not 80 bytes in base64" + how_to_make_one;
        if (std::any_of(keys.begin(), keys.end(), [&key](const auto& each) { return each.name == key.name; }))
            return where + " begins as a line before it does: each key must be another one" + how_to_make_one;
        if (keys.size() == most_keys) return "holds more than 10 keys: take away the oldest, which come first";
        keys.push_back(key);
    }
    return keys.empty() ? std::string("holds no key") + how_to_make_one : std::string();
}

int owner_index() {
    static const int index = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void* /*parent*/, void* owner, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*argument*/,
           void* /*pointer*/) { delete static_cast<std::shared_ptr<const ticket_keys>*>(owner); });
    return index;
}

bool set_mac(EVP_MAC_CTX* mac, const ticket_key& key) {
    std::array<std::uint8_t, ticket_key::hmac_size> secret = key.hmac;
    std::array<char, 7> digest{"SHA256"};
    const std::array parameters{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.data(), secret.size()),
                                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                OSSL_PARAM_construct_end()};
    const bool set = EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
    cleanse(secret);
    return set;
}

enum callback_result { failed = -1, unknown_key = 0, done = 1, done_renew_ticket = 2 };

int seal(const ticket_keys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
    const auto key = keys.sealing();
    if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return failed;
    std::copy(key->name.begin(), key->name.end(), name);
    const bool ready =
        EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->aes.data(), iv) == 1 && set_mac(mac, *key);
    return ready ? done : failed;
}

int open(const ticket_keys& keys, const SSL* ssl, const unsigned char* name, const unsigned char* iv,
         EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
    const auto found = keys.find(name);
    if (!found) return unknown_key;
    if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, found->key.aes.data(), iv) != 1 ||
        !set_mac(mac, found->key))
        return failed;
    // A ticket of TLS 1.3 is for one use (RFC 8446, C.4): there is always a new one.
    return found->seals && SSL_version(ssl) < TLS1_3_VERSION ? done : done_renew_ticket;
}

/// SSL_CTX_set_tlsext_ticket_key_evp_cb(3)
int seal_or_open(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                 int sealing) {
    const auto* keys = static_cast<const std::shared_ptr<const ticket_keys>*>(
        SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), owner_index()));
    return sealing == 1 ? seal(**keys, name, iv, cipher, mac) : open(**keys, ssl, name, iv, cipher, mac);
}

}  // namespace

ticket_key::~ticket_key() {
    cleanse(name);
    cleanse(hmac);
    cleanse(aes);
}

std::vector<ticket_key> load_ticket_keys(const std::string& setting, const std::filesystem::path& file,
                                         problems& found) {
    const auto fail = [&](std::string text) {
        found.push_back({problem::severity::error, setting, std::move(text)});
        return std::vector<ticket_key>();
    };
    const auto read = read_secret_text(file);
    if (!read) return fail(unreadable(file, "file of ticket keys", read.error()));
    if (read->open_to_others) return fail(too_open(file, "ticket keys"));
    std::vector<ticket_key> keys;
    if (auto problem = parse(read->text, keys); !problem.empty())
        return fail(printable(file.native()) + ": " + problem);
    if (keys.size() > 1) std::rotate(keys.begin(), keys.end() - 2, keys.end());
    return keys;
}

ticket_keys::ticket_keys() {
    make_own();
}

void ticket_keys::adopt(const std::vector<ticket_key>& loaded) {
    const std::lock_guard lock(mutex_);
    if (!loaded.empty()) {
        keys_ = loaded;
        own_ = false;
    } else if (!own_) {
        keys_.clear();
        own_ = true;
        make_own();
    }
}

void ticket_keys::renew() {
    const std::lock_guard lock(mutex_);
    if (own_) make_own();
}

/// The lock is held, or nobody else knows this object.
void ticket_keys::make_own() {
    ticket_key made;
    if (!fill_random(made.name) || !fill_random(made.hmac) || !fill_random(made.aes)) return;
    keys_.insert(keys_.begin(), made);
    if (keys_.size() > own_keys) keys_.resize(own_keys);
}

std::optional<ticket_key> ticket_keys::sealing() const {
    const std::lock_guard lock(mutex_);
    if (keys_.empty()) return std::nullopt;
    return keys_.front();
}

std::optional<ticket_keys::found_key> ticket_keys::find(const std::uint8_t* name) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(keys_.begin(), keys_.end(), [name](const auto& each) {
        return std::equal(each.name.begin(), each.name.end(), name);
    });
    if (found == keys_.end()) return std::nullopt;
    return found_key{*found, found == keys_.begin()};
}

bool use_ticket_keys(SSL_CTX* context, std::shared_ptr<const ticket_keys> keys) {
    auto owner = std::make_unique<std::shared_ptr<const ticket_keys>>(std::move(keys));
    if (SSL_CTX_set_ex_data(context, owner_index(), owner.get()) != 1) return false;
    [[maybe_unused]] const auto* const freed_with_the_context = owner.release();
    return SSL_CTX_set_tlsext_ticket_key_evp_cb(context, seal_or_open) == 1;
}

}  // namespace portcullis::certs
