#include "proxy/session/kill.hpp"

#include "protocol/command.hpp"
#include "protocol/connection_id.hpp"
#include "protocol/packet.hpp"
#include "proxy/cluster/health_statement.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/session/audit_trail.hpp"

namespace portcullis::session {
namespace {

using net::awaitable;
using observe::log_level;
using protocol::bytes;

constexpr std::uint32_t no_thread = 0;  ///< servers count from 1

bytes command_packet(const bytes& payload) {
    bytes packet;
    protocol::append_packet(packet, 0, payload);
    return packet;
}

/// Before a reload and after it.
bool is_same(const cluster::cluster& a, const cluster::cluster& b) {
    return a.settings().name == b.settings().name;
}

/// The session a KILL may reach: user names are compared as servers do, which know no two clusters.
std::optional<live_session> target_of(const state& s, std::uint64_t id) {
    auto found = s.env->sessions->find(static_cast<std::uint32_t>(id));
    if (found && (found->user != s.who.user || !is_same(*found->cluster, *s.door->target))) found.reset();
    if (found && !s.env->sessions->aim_at(static_cast<std::uint32_t>(id))) found.reset();
    return found;
}

/// True once the health account has killed the target.
awaitable<bool> kill_elsewhere(const state& s, const protocol::kill_statement& kill, const live_session& target) {
    const auto& settings = target.cluster->settings();
    std::string failure;
    if (settings.health.user.empty()) {
        failure = "the cluster has no health.user, whose right to KILL it takes";
    } else {
        auto statement = protocol::kill_text(kill, target.thread_id);
        failure = co_await cluster::run_as_health_account(*target.cluster, *target.aggregator, std::move(statement),
                                                          s.env->timeouts.connect);
    }
    std::vector<observe::field> fields{{"session", std::to_string(s.id)},
                                       {"target", std::to_string(kill.id)},
                                       {"what", kill.query ? "query" : "connection"},
                                       {"user", s.who.user},
                                       {"cluster", settings.name},
                                       {"aggregator", target.aggregator->name()},
                                       {"aggregator_id", std::to_string(target.thread_id)}};
    const bool killed = failure.empty();
    if (!killed) fields.push_back({"reason", std::move(failure)});
    observe::log(killed ? log_level::info : log_level::warning,
                 killed ? "killed on another aggregator" : "KILL does not reach another aggregator", fields);
    co_return killed;
}

}  // namespace

awaitable<bytes> in_place_of_kill(const state& s, protocol::kill_statement kill, bytes packet) {
    const auto target = target_of(s, kill.id);
    if (!target) {
        audit_kill(s, kill, nullptr, kill_outcome::no_target);
        co_return packet;
    }
    const auto payload = protocol::bytes_view(packet).subspan(protocol::packet_header_size);
    if (target->aggregator->known() == s.server->member->known()) {
        audit_kill(s, kill, &*target, kill_outcome::passed_on);
        co_return command_packet(protocol::with_id(payload, kill, target->thread_id));
    }
    const bool killed = co_await kill_elsewhere(s, kill, *target);
    audit_kill(s, kill, &*target, killed ? kill_outcome::done : kill_outcome::failed);
    const bytes ping{static_cast<std::uint8_t>(protocol::command::ping)};
    if (killed) co_return command_packet(ping);
    if (s.server->greeting.connection_id >= protocol::first_gate_connection_id)
        co_return command_packet(protocol::with_id(payload, kill, no_thread));
    co_return packet;
}

}  // namespace portcullis::session
