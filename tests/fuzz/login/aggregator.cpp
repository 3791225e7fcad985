#include "login/aggregator.hpp"

#include "login/client.hpp"
#include "login/messages.hpp"
#include "login/stage.hpp"
#include "require.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace portcullis::fuzzing {
namespace {

using protocol::bytes;
using protocol::bytes_view;

constexpr std::string_view forced_plugin = "portcullis_forces_a_switch";
constexpr std::uint8_t com_query = 0x03;
constexpr std::uint8_t com_process_kill = 0x0c;
constexpr std::uint8_t com_change_user = 0x11;
/// Sequence ids come round: what is behind so many packets of one side is not looked at.
constexpr unsigned round_trip = 100;

/// One field after another of a login message, in words of the manual.
struct fields {
    std::string_view rest;

    std::string_view to_nul() {
        const auto end = std::min(rest.find('\0'), rest.size());
        const auto field = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return field;
    }
    /// Up to 250 bytes behind their number; more are not looked for here.
    std::string_view counted() {
        require(!rest.empty() && static_cast<std::uint8_t>(rest.front()) <= 250);
        const std::size_t size = static_cast<std::uint8_t>(rest.front());
        require(rest.size() > size);
        const auto field = rest.substr(1, size);
        rest.remove_prefix(size + 1);
        return field;
    }
};

std::uint32_t int4(bytes_view at) {
    return at[0] | static_cast<std::uint32_t>(at[1]) << 8U | static_cast<std::uint32_t>(at[2]) << 16U |
           static_cast<std::uint32_t>(at[3]) << 24U;
}

bool has_no_reply(std::uint8_t command) {
    constexpr std::array<std::uint8_t, 3> without{0x01, 0x18, 0x19};  // COM_QUIT, _STMT_SEND_LONG_DATA, _STMT_CLOSE
    return std::find(without.begin(), without.end(), command) != without.end();
}

/// No client here has TLS.
void require_allowed(std::string_view user) {
    require(user != ssl_user && user != x509_user);
}

}  // namespace

aggregator::aggregator(int descriptor, const rules& known, const client& from) : leg(descriptor), known_(known) {
    if (known.proxied) return;
    const auto user = from.first_user();
    require(user.has_value());
    require_allowed(*user);
}

void aggregator::settled(bool login_over) {
    relaying_ = login_over && of_login_ && !leg.was_deaf();
    if (std::exchange(commanded_, false)) spoke_ = false;
}

void aggregator::send(bytes_view wire) {
    wire = wire.first(leg.send(wire));
    if (wire.empty()) return;
    spoke_ = true;
    asked_for_file_ = asked_for_file_ || std::find(wire.begin(), wire.end(), 0xfb) != wire.end();
    said_.insert(said_.end(), wire.begin(), wire.end());
    std::uint8_t sequence_id = 0;
    bytes payload;
    while (take_packet(said_, sequence_id, payload)) {
        ++packets_said_;
        accepted_ = accepted_ || (greeted_ && !payload.empty() && payload.front() == 0x00);
        if (std::exchange(greeted_, true)) continue;
        const auto id = std::find(payload.begin(), payload.end(), 0);  // ends the version
        if (payload.end() - id > 4)
            thread_id_ = int4(bytes_view(payload).subspan(static_cast<std::size_t>(id - payload.begin()) + 1));
    }
}

bool aggregator::receive(const client& from) {
    const auto wire = leg.receive();
    if (wire.empty()) return false;
    all_heard_.insert(all_heard_.end(), wire.begin(), wire.end());
    if (!known_.secure_leg) require_no_password();
    heard_.insert(heard_.end(), wire.begin(), wire.end());
    std::uint8_t sequence_id = 0;
    bytes payload;
    while (take_packet(heard_, sequence_id, payload)) take(sequence_id, payload, from);
    return true;
}

// Security rule 14.
void aggregator::require_no_password() {
    require(protocol::as_text(all_heard_).find(password) == std::string_view::npos);
    if (all_heard_.size() > password.size())
        all_heard_.erase(all_heard_.begin(), all_heard_.end() - static_cast<std::ptrdiff_t>(password.size()));
}

void aggregator::take(std::uint8_t sequence_id, bytes_view payload, const client& from) {
    leg.sequence_id = static_cast<std::uint8_t>(sequence_id + 1);
    if (phase_ == phase::login) return take_login(sequence_id, payload, from);
    if (++packets_heard_ > round_trip || packets_said_ > round_trip) return;
    if (sequence_id == 0) return take_command(payload);
    // Behind OK only a file is numbered on: without having asked for one a server takes every packet for a command.
    const bool file = asked_for_file_ && (capabilities_ & protocol::client_local_files) != 0;
    require(!relaying_ || changing_ || file);
}

// Security rules 5 and 8.
void aggregator::take_login(std::uint8_t sequence_id, bytes_view payload, const client& from) {
    constexpr std::size_t fixed_size = 32;
    phase_ = phase::authentication;
    require(greeted_ && sequence_id == 1 && payload.size() > fixed_size);
    capabilities_ = int4(payload);
    require((capabilities_ & protocol::client_protocol_41) != 0);
    require((capabilities_ & (protocol::client_ssl | protocol::framing_flags)) == 0);
    fields in{protocol::as_text(payload.subspan(fixed_size))};
    const auto user = in.to_nul();
    if (known_.health_account && user == health_user) return;
    require_allowed(user);
    of_login_ = from.logging_in();
    if (!known_.proxied && of_login_) require(from.first_user() == user);
    if (!known_.forced_switch) return;
    const auto proof = in.counted();
    if ((capabilities_ & protocol::client_connect_with_db) != 0) in.to_nul();
    require(proof.empty() && in.to_nul() == forced_plugin);
}

// Security rules 7 and 24. Where files may be asked for, commands go one at a time.
void aggregator::take_command(bytes_view payload) {
    require(accepted_);
    const bool files = (capabilities_ & protocol::client_local_files) != 0;
    require(!files || !awaited_ || spoke_ || leg.was_deaf());
    phase_ = phase::command;
    commanded_ = true;
    awaited_ = !payload.empty() && !has_no_reply(payload.front());
    changing_ = !payload.empty() && payload.front() == com_change_user;
    awaited_ = awaited_ && !changing_;
    if (!changing_) return require_own_id_replaced(payload);
    changed_ = true;
    fields in{protocol::as_text(payload.subspan(1))};
    require_allowed(in.to_nul());
    require(in.counted().empty());
    in.to_nul();  // the schema
    require(in.rest.size() > 2);
    in.rest.remove_prefix(2);
    require(in.to_nul() == forced_plugin);
}

void aggregator::require_own_id_replaced(bytes_view payload) const {
    if (payload.empty() || thread_id_ == client_id) return;
    if (payload.front() == com_process_kill && payload.size() == 5) require(int4(payload.subspan(1)) != client_id);
    if (payload.front() != com_query) return;
    const bool attributes = (capabilities_ & protocol::client_query_attributes) != 0;
    const auto text = protocol::as_text(payload.subspan(1));
    const auto prefix = attributes ? std::string("\0\1", 2) : std::string();
    for (const auto* words : {"KILL ", "KILL QUERY "}) require(text != prefix + words + std::to_string(client_id));
}

void aggregator::require_nothing_hidden() const {
    constexpr std::size_t header_size = 4;
    if (phase_ != phase::command || heard_.size() <= header_size) return;
    require(heard_[3] != 0 || heard_[header_size] != com_change_user);
}

}  // namespace portcullis::fuzzing
