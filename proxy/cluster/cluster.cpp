#include "proxy/cluster/cluster.hpp"

#include "protocol/auth_plugin.hpp"
#include "proxy/cluster/balance.hpp"

#include <algorithm>

namespace portcullis::cluster {
namespace {

/// What is offered while no member was ever reached: what every server since MySQL 5.6 understands.
offer minimal_offer() {
    using namespace protocol;
    constexpr std::uint8_t utf8mb4_general_ci = 45;
    return {"5.7.0-portcullis",
            client_long_password | client_found_rows | client_long_flag | client_connect_with_db | client_no_schema |
                client_odbc | client_ignore_space | client_protocol_41 | client_interactive | client_ignore_sigpipe |
                client_transactions | client_reserved | client_secure_connection | client_multi_statements |
                client_multi_results | client_ps_multi_results | client_plugin_auth | client_connect_attrs |
                client_plugin_auth_lenenc_data,
            std::string(mysql_native_password), utf8mb4_general_ci};
}

std::unique_ptr<kept_connections> place_to_keep(const config::cluster& settings) {
    if (settings.reuse == config::reuse::off) return nullptr;
    return std::make_unique<kept_connections>(settings.reuse_idle, settings.reuse_max);
}

std::shared_ptr<member_state> known_before(const cluster* before, const config::endpoint& address) {
    if (before == nullptr) return nullptr;
    for (const auto& each : before->members())
        if (each->address() == address) return each->known();
    return nullptr;
}

}  // namespace

cluster::cluster(config::cluster settings, certs::ssl_ctx_ptr context, std::string server_version,
                 const cluster* before)
    : settings_(std::move(settings)), context_(std::move(context)), server_version_(std::move(server_version)) {
    if (context_) tls_session_store::install(context_.get());
    for (const auto& each : settings_.aggregators)
        members_.push_back(
            std::make_shared<aggregator>(each, place_to_keep(settings_), known_before(before, each.address)));
}

std::optional<lease> cluster::take(std::span<const aggregator* const> tried) {
    std::vector<candidate> candidates;
    candidates.reserve(members_.size());
    for (const auto& each : members_) {
        const bool was_tried = std::find(tried.begin(), tried.end(), each.get()) != tried.end();
        candidates.push_back({each->weight(), each->sessions(), each->usable(), was_tried || each->drained()});
    }
    const auto turn = turn_.fetch_add(1, std::memory_order_relaxed);
    const auto chosen = choose(candidates, settings_.balance, turn);
    if (!chosen) return std::nullopt;
    return lease(members_[*chosen]);
}

offer cluster::current_offer() const {
    std::optional<offer> common;
    for (const bool usable : {true, false}) {
        for (const auto& each : members_) {
            const auto facts = each->facts();
            if (!facts || each->usable() != usable) continue;
            if (!common)
                common = {facts->server_version, facts->capabilities, facts->auth_plugin, facts->character_set};
            common->capabilities &= facts->capabilities;
        }
        if (common) break;
    }
    auto result = common.value_or(minimal_offer());
    if (!server_version_.empty()) result.server_version = server_version_;
    return result;
}

bool cluster::has_usable_member() const {
    return std::any_of(members_.begin(), members_.end(), [](const auto& each) { return each->usable(); });
}

void cluster::stop_keeping() {
    for (const auto& each : members_)
        if (each->kept() != nullptr) each->kept()->stop();
}

}  // namespace portcullis::cluster
