#include "login/client.hpp"

#include "certs/password_key.hpp"
#include "login/messages.hpp"
#include "protocol/greeting.hpp"
#include "protocol/packet.hpp"
#include "protocol/reader.hpp"
#include "require.hpp"

#include <algorithm>

namespace portcullis::fuzzing {

using protocol::bytes;
using protocol::bytes_view;

namespace {

constexpr unsigned er_access_denied = 1045;
constexpr unsigned er_access_denied_no_password = 1698;
constexpr std::size_t kept_of_said = 1024UL * 1024;  // the longest login

bytes readable_password() {
    bytes made(password.begin(), password.end());
    made.push_back(0);
    return made;
}

/// Security rule 11: whoever says no, "access denied" reads alike.
void require_gates_own_words(bytes_view err) {
    require(err.size() >= 3);  // an aggregator may say no more than a code
    const auto code = err[1] | static_cast<unsigned>(err[2]) << 8U;
    require(code != er_access_denied_no_password);
    if (code != er_access_denied) return;
    require(protocol::as_text(err.subspan(3)).starts_with("#28000Access denied for user '"));
}

bool has_key(bytes_view data) {
    return protocol::as_text(data).starts_with("-----BEGIN");
}

}  // namespace

bool client::receive() {
    const auto wire = leg.receive();
    if (wire.empty()) return false;
    if (frames_)
        frames_->feed(wire);
    else
        heard_.insert(heard_.end(), wire.begin(), wire.end());
    for (;;) {
        bytes payload;
        std::uint8_t sequence_id = 0;
        while (take_packet(heard_, sequence_id, payload)) {
            if (trusted_ && (phase_ == phase::greeting || phase_ == phase::login))
                require(sequence_id == leg.sequence_id);
            leg.sequence_id = static_cast<std::uint8_t>(sequence_id + 1);
            hear(payload);
        }
        if (!frames_) return true;
        const auto more = frames_->next();
        if (!more || more->empty()) return true;
        heard_.insert(heard_.end(), more->begin(), more->end());
    }
}

void client::hear(const bytes& payload) {
    if (payload.empty()) return;
    if (phase_ == phase::greeting) {
        const auto greeting = protocol::parse_greeting(payload);
        phase_ = greeting ? phase::ready : phase::over;
        if (greeting) offered_ = greeting->capabilities;
    } else if (phase_ == phase::login || phase_ == phase::change) {
        ask(payload);
    }
}

void client::ask(bytes_view question) {
    answer_.reset();
    if (question.front() == 0x00) {
        const bool first = phase_ == phase::login;
        phase_ = phase::logged_in;
        if (first) begin_compression();
        return;
    }
    if (question.front() == 0xff) {
        if (trusted_ || phase_ == phase::login) require_gates_own_words(question);
        phase_ = phase::over;
        return;
    }
    const bool asked_to_switch = question.front() == 0xfe;
    if (asked_to_switch) {
        const auto rest = protocol::as_text(question.subspan(1));
        plugin_ = rest.substr(0, rest.find('\0'));
    }
    const bool wrapped = question.front() == 0x01;
    if (!plugin_.empty()) prepare_answer(asked_to_switch, wrapped ? question.subspan(1) : question);
}

/// What the plugin's client would say, on a leg like this one.
void client::prepare_answer(bool asked_to_switch, bytes_view said) {
    if (plugin_ == "mysql_native_password" || plugin_ == "client_ed25519") {
        if (asked_to_switch) answer_ = bytes(plugin_ == "client_ed25519" ? 64 : 20, 'h');
    } else if (plugin_ == "caching_sha2_password" || plugin_ == "sha256_password") {
        const bool caching = plugin_ == "caching_sha2_password";
        const bool due = caching ? said.size() == 1 && said.front() == 0x04 : asked_to_switch;
        if (due && secure_)
            answer_ = readable_password();
        else if (due)
            answer_ = bytes{static_cast<std::uint8_t>(caching ? 2 : 1)};
        else if (asked_to_switch)
            answer_ = bytes(32, 'h');
        else if (!secure_ && has_key(said))
            answer_ = hidden_password(said);
    } else {
        require(secure_ || !trusted_ || !asked_to_switch);
        if (secure_) answer_ = readable_password();
    }
}

bytes client::hidden_password(bytes_view key) const {
    auto masked = readable_password();
    const auto mask = scramble();
    for (std::size_t i = 0; i < masked.size(); ++i) masked[i] ^= mask[i % mask.size()];
    return certs::encrypt_for(protocol::as_text(key), masked).value_or(bytes{});
}

void client::begin_compression() {
    negotiated_ = wanted_ & offered_;
    if ((negotiated_ & protocol::framing_flags) == 0) return;
    const bool zlib = (negotiated_ & protocol::client_compress) != 0;
    frames_ = std::make_unique<net::compressed_frames>(zlib ? net::compression::zlib : net::compression::zstd, 0);
    frames_->feed(std::exchange(heard_, {}));
}

bytes client::send(bytes wire) {
    if (phase_ == phase::ready) phase_ = phase::login;
    if (phase_ == phase::login && said_.size() < kept_of_said) said_.insert(said_.end(), wire.begin(), wire.end());
    answer_.reset();
    return wire;
}

bytes client::raw(bytes wire) {
    lose_trust();
    return send(std::move(wire));
}

bytes client::stream(bytes wire) {
    lose_trust();
    return frames_ ? frames_->pack(wire) : send(std::move(wire));
}

bytes client::packet(bytes_view payload) {
    lose_trust();
    bytes wire;
    protocol::append_packet(wire, leg.sequence_id++, payload);
    return frames_ ? frames_->pack(wire) : send(std::move(wire));
}

bytes client::proxy_header() {
    if (phase_ != phase::greeting) lose_trust();
    const auto header = protocol::as_bytes("PROXY TCP4 198.51.100.7 192.0.2.1 49152 3306\r\n");
    return send({header.begin(), header.end()});
}

bytes client::login(std::string_view user, std::uint8_t flags) {
    if (phase_ != phase::ready) lose_trust();
    const auto payload = fuzzing::login(user, flags);
    if (phase_ == phase::ready) {
        protocol::reader in(payload);
        wanted_ = in.int4();
    }
    bytes wire;
    protocol::append_packet(wire, 1, payload);
    leg.sequence_id = 2;
    return send(std::move(wire));
}

bytes client::command(bytes_view payload) {
    if (phase_ != phase::logged_in) lose_trust();
    bytes wire;
    protocol::append_packet(wire, 0, payload);
    leg.sequence_id = 1;
    return frames_ ? frames_->pack(wire) : send(std::move(wire));
}

bytes client::change_user(std::string_view user) {
    const auto payload = fuzzing::change_user(user, negotiated_ | protocol::client_secure_connection);
    auto wire = command(payload);
    if (phase_ == phase::logged_in) phase_ = phase::before_change;
    return wire;
}

bytes client::answer() {
    if (!trusted_ || !answer_) return {};
    bytes wire;
    protocol::append_packet(wire, leg.sequence_id++, *answer_);
    return frames_ ? frames_->pack(wire) : send(std::move(wire));
}

void client::change_begins() {
    if (phase_ != phase::before_change) return;
    phase_ = phase::change;
    heard_.clear();
    plugin_.clear();
    answer_.reset();
}

void client::hurry() {
    if (phase_ == phase::logged_in || phase_ == phase::before_change || phase_ == phase::change) lose_trust();
}

bool client::had_ok() const {
    return phase_ != phase::greeting && phase_ != phase::ready && phase_ != phase::login && phase_ != phase::over;
}

std::optional<std::string> client::first_user() const {
    constexpr std::size_t fixed_size = 32;
    bytes stream = said_;
    std::uint8_t sequence_id = 0;
    bytes payload;
    if (!take_packet(stream, sequence_id, payload) || sequence_id != 1 || payload.size() < fixed_size)
        return std::nullopt;
    const auto rest = protocol::as_text(payload).substr(fixed_size);
    return std::string(rest.substr(0, rest.find('\0')));
}

}  // namespace portcullis::fuzzing
