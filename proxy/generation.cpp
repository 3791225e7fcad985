#include "proxy/generation.hpp"

#include "proxy/config/check.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace portcullis::proxy {
namespace {

template <class Clusters>
auto find_cluster(const Clusters& clusters, const std::string& name) {
    const auto found = std::find_if(clusters.begin(), clusters.end(),
                                    [&name](const auto& each) { return each->settings().name == name; });
    return found == clusters.end() ? nullptr : *found;
}

std::vector<std::shared_ptr<cluster::cluster>> make_clusters(const config::configuration& settings,
                                                             config::contexts& contexts, const generation* before) {
    std::vector<std::shared_ptr<cluster::cluster>> made;
    for (const auto& each : settings.clusters) {
        const auto earlier = before == nullptr ? nullptr : find_cluster(before->clusters, each.name);
        made.push_back(std::make_shared<cluster::cluster>(each, std::move(contexts.clusters[each.name]),
                                                          settings.gate.server_version, earlier.get()));
    }
    return made;
}

/// What lives as long as the gate.
session::environment lasting_parts(const config::configuration& settings, const generation* before) {
    session::environment env{
        settings.gate, settings.timeouts, gate::account_table(settings.accounts), {}, {}, {}, {}, {}, {}};
    if (before != nullptr) {
        const auto& earlier = *before->env;
        env.limits = earlier.limits;
        env.bans = earlier.bans;
        env.connection_counter = earlier.connection_counter;
        env.counters = earlier.counters;
        env.sessions = earlier.sessions;
        env.metrics = earlier.metrics;
    } else {
        env.limits = gate::limits::create(settings.limits);
        env.bans = std::make_shared<gate::bans>(settings.limits);
        env.connection_counter = std::make_shared<std::atomic<std::uint32_t>>(1);
        env.counters = std::make_shared<observe::close_counters>();
    }
    return env;
}

/// The configured key; else one made at start, which clients may have seen: it stays.
std::shared_ptr<const certs::password_key> password_key(const config::configuration& settings,
                                                        const config::contexts& contexts, const generation* before) {
    if (contexts.password_key || !config::admits_plaintext(settings)) return contexts.password_key;
    const bool made_before =
        before != nullptr && before->settings.gate.rsa_private_key.empty() && before->env->password_key;
    return made_before ? before->env->password_key : certs::password_key::make();
}

/// A ticket resumes after a reload, too, where its session id context still is the same.
void share_ticket_keys(const config::contexts& contexts, const std::shared_ptr<certs::ticket_keys>& keys) {
    bool shared = !contexts.admin || certs::use_ticket_keys(contexts.admin.get(), keys);
    for (const auto& [name, context] : contexts.listeners)
        shared = shared && certs::use_ticket_keys(context.get(), keys);
    if (!shared) throw std::bad_alloc();  // there is no other reason
}

}  // namespace

std::shared_ptr<const session::entrance> generation::entrance_of(const config::listener& listener) const {
    const auto found = std::find_if(env->entrances.begin(), env->entrances.end(),
                                    [&listener](const auto& each) { return each->settings.name == listener.name; });
    return *found;
}

std::vector<net::drained_aggregator> generation::drained() const {
    std::vector<net::drained_aggregator> found;
    for (const auto& cluster : clusters)
        for (const auto& member : cluster->members())
            if (member->drained()) found.push_back({cluster->settings().name, member->name()});
    return found;
}

void generation::drain(const std::vector<net::drained_aggregator>& named) const {
    for (const auto& cluster : clusters)
        for (const auto& member : cluster->members()) {
            const net::drained_aggregator names{cluster->settings().name, member->name()};
            if (std::find(named.begin(), named.end(), names) != named.end()) member->set_drained(true);
        }
}

std::shared_ptr<generation> make_generation(blueprint plan, const generation* before) {
    auto made = std::make_shared<generation>();
    made->settings = std::move(plan.settings);
    const auto& settings = made->settings;
    made->clusters = make_clusters(settings, plan.contexts, before);
    auto env = lasting_parts(settings, before);
    env.password_key = password_key(settings, plan.contexts, before);
    made->ticket_keys = before == nullptr ? std::make_shared<certs::ticket_keys>() : before->ticket_keys;
    made->loaded_keys = std::move(plan.contexts.ticket_keys);
    if (before == nullptr) made->ticket_keys->adopt(std::exchange(made->loaded_keys, {}));
    share_ticket_keys(plan.contexts, made->ticket_keys);
    for (const auto& each : settings.listeners)
        env.entrances.push_back(std::make_shared<session::entrance>(session::entrance{
            each, std::move(plan.contexts.listeners[each.name]), find_cluster(made->clusters, each.cluster)}));
    made->env = std::make_shared<const session::environment>(std::move(env));
    made->health = std::make_unique<cluster::health_monitor>(made->clusters, settings.timeouts.connect);
    made->admin = std::move(plan.contexts.admin);
    made->files = std::move(plan.files);
    return made;
}

void take_place(generation& next) {
    next.ticket_keys->adopt(std::exchange(next.loaded_keys, {}));
    next.env->limits->update(next.settings.limits);
    next.env->bans->update(next.settings.limits);
}

}  // namespace portcullis::proxy
