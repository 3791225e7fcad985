#include "proxy/gate_operations.hpp"

#include "certs/effective.hpp"
#include "proxy/certificates_in_use.hpp"
#include "proxy/config/report.hpp"
#include "proxy/observe/audit.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/session/session.hpp"
#include "proxy/session/session_line.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <stdexcept>
#include <unistd.h>

namespace portcullis::proxy {

using admin::outcome;

struct gate_operations::snapshot {
    std::shared_ptr<const generation> served;
    std::vector<admin::listener_facts> listeners;
    std::vector<admin::certificate_facts> certificates;

    [[nodiscard]] const config::configuration& settings() const { return served->settings; }
    [[nodiscard]] const session::environment& env() const { return *served->env; }
    /// The members of this name, in the cluster of this name if one is given.
    [[nodiscard]] std::vector<std::shared_ptr<cluster::aggregator>> members(const std::string& name,
                                                                            const std::string& of_cluster) const {
        std::vector<std::shared_ptr<cluster::aggregator>> found;
        for (const auto& each : served->clusters)
            for (const auto& member : each->members())
                if (member->name() == name && (of_cluster.empty() || each->settings().name == of_cluster))
                    found.push_back(member);
        return found;
    }
};

namespace {

/// A worker that does not answer within it is stuck, and the gate with it.
constexpr auto patience = std::chrono::seconds(5);
/// Files are read, and new aggregators are given two timeouts.connect.
constexpr auto reload_patience = std::chrono::seconds(60);
constexpr auto reload_look = std::chrono::milliseconds(5);

admin::unix_time seconds_of(std::chrono::system_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

admin::unix_time now_unix() {
    return seconds_of(std::chrono::system_clock::now());
}

std::vector<admin::listener_facts> facts_of(const session::environment& env) {
    std::vector<admin::listener_facts> out;
    for (const auto& each : env.entrances)
        out.push_back(
            {each->settings.name, each->settings.address.to_string(), each->settings.cluster,
             each->context ? certs::effective_of_server(each->context.get()).versions.to_string() : std::string()});
    return out;
}

std::string_view words_of(config::requirement require) {
    switch (require) {
        case config::requirement::none:
            return "NONE";
        case config::requirement::ssl:
            return "SSL";
        case config::requirement::x509:
            return "X509";
    }
    return "";
}

std::string_view words_of(cluster::reachability standing) {
    switch (standing) {
        case cluster::reachability::unknown:
            return "unknown";
        case cluster::reachability::usable:
            return "usable";
        case cluster::reachability::unusable:
            return "unusable";
    }
    return "";
}

admin::leg_facts leg_of(const std::optional<certs::tls_facts>& tls) {
    if (!tls) return {};
    return {tls->version, tls->cipher, tls->resumed};
}

admin::session_facts facts_of(const session::state& s, net::clock::time_point now) {
    admin::session_facts out;
    out.id = s.id;
    out.logged_in = static_cast<bool>(s.listed);
    out.user = s.who.user;
    out.account = s.decision.account;
    out.client = session::client_name(s);
    out.listener = s.door->settings.name;
    out.cluster = s.door->target->settings().name;
    if (s.server) {
        out.aggregator = s.server->member->name();
        out.aggregator_id = s.server->greeting.connection_id;
        out.aggregator_reused = s.server->reused;
        out.aggregator_leg = leg_of(s.server->tls);
    }
    out.client_leg = leg_of(s.client_tls);
    out.from_client = s.from_client;
    out.to_client = s.to_client;
    out.age = std::chrono::duration<double>(now - s.began).count();
    out.idle = std::chrono::duration<double>(now - s.last_activity).count();
    return out;
}

admin::aggregator_facts facts_of(const cluster::cluster& where, cluster::aggregator& member) {
    admin::aggregator_facts out;
    out.cluster = where.settings().name;
    out.name = member.name();
    out.state = words_of(member.standing());
    out.drained = member.drained();
    out.weight = member.weight();
    out.sessions = member.sessions();
    out.kept = member.kept() == nullptr ? 0 : member.kept()->size();
    if (const auto facts = member.facts()) out.server_version = facts->server_version;
    out.dial_failures = member.dial_failures();
    out.times_blocked = member.times_blocked();
    out.dial_time = member.dial_time().read();
    return out;
}

/// Of the rule as sessions name it.
std::string account_name(const config::account& rule) {
    return "'" + rule.user + "'@'" + rule.host + "'";
}

std::string sessions_in_words(unsigned count) {
    return std::to_string(count) + (count == 1 ? " session" : " sessions");
}

}  // namespace

gate_operations::gate_operations(net::worker_pool& workers, net::asio::any_io_executor control, gate_orders orders)
    : workers_(workers), control_(std::move(control)), orders_(std::move(orders)), started_(now_unix()) {}

std::shared_ptr<const gate_operations::snapshot> gate_operations::look_at(std::shared_ptr<const generation> next) {
    auto seen = std::make_shared<snapshot>();
    seen->listeners = facts_of(*next->env);
    seen->certificates = certificates_in_use(next->settings);
    seen->served = std::move(next);
    return seen;
}

void gate_operations::adopt(std::shared_ptr<const snapshot> next) {
    const std::lock_guard lock(mutex_);
    snapshot_.swap(next);
}

void gate_operations::note_reloads(const reload_status& status) {
    admin::reload_facts facts;
    facts.attempts = status.attempts;
    for (const auto each : obstacles) {
        const auto count = status.failures.at(static_cast<std::size_t>(each));
        facts.failures += count;
        facts.failures_by_reason.emplace_back(to_string(each), count);
    }
    if (status.last.obstacle_met) facts.last_reason = to_string(*status.last.obstacle_met);
    if (status.attempts > 0) facts.last_attempt = seconds_of(status.last_attempt);
    facts.last_success = seconds_of(status.last_success);
    for (const auto& each : status.last.problems) facts.last_error += (facts.last_error.empty() ? "" : "; ") + each;
    const std::lock_guard lock(mutex_);
    reloads_ = std::move(facts);
}

std::shared_ptr<const gate_operations::snapshot> gate_operations::current() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

void gate_operations::visit(const std::function<void(session::session&)>& each) {
    struct progress {
        std::mutex mutex;
        std::condition_variable news;
        std::size_t left = 0;
    };
    auto under_way = std::make_shared<progress>();
    under_way->left = workers_.size();
    workers_.visit(
        [each](net::worker_member& member) {
            if (auto* found = dynamic_cast<session::session*>(&member)) each(*found);
        },
        [under_way] {
            const std::lock_guard lock(under_way->mutex);
            --under_way->left;
            under_way->news.notify_all();
        });
    std::unique_lock lock(under_way->mutex);
    if (!under_way->news.wait_for(lock, patience, [&under_way] { return under_way->left == 0; }))
        throw std::runtime_error("a worker does not answer");
}

bool gate_operations::ready() {
    const auto served = current();
    return !draining_.load() && served &&
           std::all_of(served->served->clusters.begin(), served->served->clusters.end(),
                       [](auto& each) { return each->has_usable_member(); });
}

std::vector<admin::listener_facts> gate_operations::listeners() const {
    return current()->listeners;
}

admin::gate_status gate_operations::status() {
    const auto served = current();
    const auto& env = served->env();
    admin::gate_status out;
    out.version = PORTCULLIS_VERSION;
    out.openssl = OpenSSL_version(OPENSSL_VERSION_STRING);
    out.pid = ::getpid();
    out.config_file = served->settings().source.file;
    out.started = started_;
    out.ready = ready();
    out.draining = draining_.load();
    out.workers = static_cast<unsigned>(workers_.size());
    out.sessions = env.sessions->size();
    out.connections = env.limits->connections();
    out.unauthenticated = env.limits->unauthenticated();
    out.max_connections = served->settings().limits.max_connections;
    out.max_unauthenticated = served->settings().limits.max_unauthenticated;
    out.bans = env.bans->list(net::clock::now()).size();
    out.lost_audit_records = observe::lost_audit_records();
    out.listeners = served->listeners;
    for (const auto& each : served->served->clusters) {
        const auto members = each->members();
        const auto usable =
            std::count_if(members.begin(), members.end(), [](const auto& member) { return member->usable(); });
        out.clusters.push_back({each->settings().name, std::string(config::words_of(each->settings().ssl_mode)),
                                static_cast<unsigned>(members.size()), static_cast<unsigned>(usable)});
    }
    const std::lock_guard lock(mutex_);
    out.reload = reloads_;
    return out;
}

admin::gate_metrics gate_operations::metrics() {
    const auto served = current();
    const auto& counted = *served->env().metrics;
    admin::gate_metrics out;
    out.status = status();
    out.aggregators = aggregators();
    out.certificates = served->certificates;
    out.max_connections_per_address = served->settings().limits.max_connections_per_address;
    out.closed = served->env().counters->all();
    out.client = {counted.client.agreed(), counted.client.time().read()};
    out.aggregator = {counted.aggregator.agreed(), counted.aggregator.time().read()};
    out.login_time = counted.login_time.read();
    struct bytes {
        std::atomic<std::uint64_t> from_client;
        std::atomic<std::uint64_t> to_client;
    };
    auto sum = std::make_shared<bytes>();
    sum->from_client = counted.from_client.load();
    sum->to_client = counted.to_client.load();
    visit([sum](session::session& each) {
        sum->from_client += each.facts().from_client;
        sum->to_client += each.facts().to_client;
    });
    // A session that ended in between was counted neither here nor there.
    out.from_client = from_client_ = std::max(from_client_, sum->from_client.load());
    out.to_client = to_client_ = std::max(to_client_, sum->to_client.load());
    return out;
}

std::vector<admin::session_facts> gate_operations::sessions() {
    struct gathered {
        std::mutex mutex;
        std::vector<admin::session_facts> sessions;
    };
    auto found = std::make_shared<gathered>();
    const auto now = net::clock::now();
    visit([found, now](session::session& each) {
        auto facts = facts_of(each.facts(), now);
        const std::lock_guard lock(found->mutex);
        found->sessions.push_back(std::move(facts));
    });
    std::sort(found->sessions.begin(), found->sessions.end(),
              [](const auto& a, const auto& b) { return a.age > b.age; });
    return std::move(found->sessions);
}

std::vector<admin::aggregator_facts> gate_operations::aggregators() {
    std::vector<admin::aggregator_facts> out;
    for (const auto& each : current()->served->clusters)
        for (const auto& member : each->members()) out.push_back(facts_of(*each, *member));
    return out;
}

admin::accounts_facts gate_operations::accounts() {
    std::map<std::string, std::uint64_t> by_account;
    for (const auto& each : sessions())
        if (each.logged_in) ++by_account[each.account];
    const auto served = current();
    const auto& settings = served->settings().accounts;
    admin::accounts_facts out;
    out.default_require = words_of(settings.default_require);
    out.default_sessions = by_account["default_require"];
    for (const auto& rule : settings.rules) {
        std::vector<std::string> networks;
        for (const auto& each : rule.allow_from) networks.push_back(each.to_string());
        out.rules.push_back({rule.user, rule.host, std::string(words_of(rule.require)),
                             rule.issuer ? rule.issuer->to_string() : "", rule.subject ? rule.subject->to_string() : "",
                             rule.cipher, rule.max_user_connections, std::move(networks),
                             by_account[account_name(rule)]});
    }
    return out;
}

std::vector<admin::ban_facts> gate_operations::bans() {
    const auto now = net::clock::now();
    std::vector<admin::ban_facts> out;
    for (const auto& each : current()->env().bans->list(now))
        out.push_back({each.network.to_string(), std::chrono::duration<double>(each.until - now).count()});
    return out;
}

std::vector<admin::certificate_facts> gate_operations::certificates() {
    return current()->certificates;
}

outcome gate_operations::kill(std::uint32_t session) {
    auto found = std::make_shared<std::atomic<bool>>(false);
    visit([found, session](session::session& each) {
        if (each.facts().id != session) return;
        each.abort(observe::cause::killed);
        found->store(true);
    });
    if (!*found) return {outcome::kind::not_found, "there is no session " + std::to_string(session), {}};
    return {outcome::kind::done, "session " + std::to_string(session) + " is ended", {}};
}

outcome gate_operations::drain_aggregator(const std::string& name, const std::string& cluster,
                                          std::optional<std::chrono::milliseconds> deadline) {
    const auto members = current()->members(name, cluster);
    if (members.empty()) return {outcome::kind::not_found, "there is no aggregator " + name, {}};
    unsigned sessions = 0;
    for (const auto& each : members) {
        forget_deadline(*each);
        each->set_drained(true);
        sessions += each->sessions();
        if (deadline) end_later(each, *deadline);
    }
    return {outcome::kind::done,
            "aggregator " + name + " gets no new sessions; it has " + sessions_in_words(sessions) + " now",
            {}};
}

void gate_operations::forget_deadline(const cluster::aggregator& member) {
    const auto found = deadlines_.find(member.known().get());
    if (found == deadlines_.end()) return;
    found->second->store(false);
    deadlines_.erase(found);
}

/// Ends what is left on a member once the deadline has come, if it still holds.
void gate_operations::end_later(const std::shared_ptr<cluster::aggregator>& member,
                                std::chrono::milliseconds deadline) {
    auto timer = std::make_shared<net::asio::steady_timer>(control_, deadline);
    auto holds = std::make_shared<std::atomic<bool>>(true);
    deadlines_[member->known().get()] = holds;
    timer->async_wait([this, timer, member, holds](const net::error_code& error) {
        if (error || !*holds) return;
        if (member->sessions() > 0)
            observe::log(observe::log_level::warning, "ending the sessions that are left on a drained aggregator",
                         {{"aggregator", member->name()}, {"sessions", std::to_string(member->sessions())}});
        workers_.visit(
            [member](net::worker_member& each) {
                auto* found = dynamic_cast<session::session*>(&each);
                if (found == nullptr || !found->facts().server) return;
                if (found->facts().server->member->known() == member->known()) found->abort(observe::cause::drained);
            },
            [] {});
    });
}

outcome gate_operations::undrain_aggregator(const std::string& name, const std::string& cluster) {
    const auto members = current()->members(name, cluster);
    if (members.empty()) return {outcome::kind::not_found, "there is no aggregator " + name, {}};
    for (const auto& each : members) {
        forget_deadline(*each);
        each->set_drained(false);
    }
    return {outcome::kind::done, "aggregator " + name + " gets new sessions", {}};
}

outcome gate_operations::lift_ban(const config::ip_address& address) {
    if (!current()->env().bans->lift(address, net::clock::now()))
        return {outcome::kind::not_found, address.to_string() + " is not banned", {}};
    return {outcome::kind::done, "the ban of " + address.to_string() + " is lifted", {}};
}

outcome gate_operations::lift_all_bans() {
    const auto lifted = current()->env().bans->lift_all(net::clock::now());
    return {outcome::kind::done, std::to_string(lifted) + (lifted == 1 ? " ban is" : " bans are") + " lifted", {}};
}

net::awaitable<outcome> gate_operations::reload() {
    if (draining_.load()) co_return outcome{outcome::kind::refused, "the gate is draining", {}};
    auto attempt = orders_.reload();
    net::asio::steady_timer pause(co_await net::asio::this_coro::executor);
    const auto until = net::clock::now() + reload_patience;
    while (attempt.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        if (net::clock::now() >= until)
            co_return outcome{
                outcome::kind::failed, "the reload is still under way; `portcullis status` will show how it ended", {}};
        pause.expires_after(reload_look);
        [[maybe_unused]] const auto waited = co_await pause.async_wait(net::yield);
    }
    auto went = attempt.get();
    if (!went.reloaded)
        co_return outcome{outcome::kind::refused, "not reloaded: the configuration before stays in force",
                          std::move(went.problems)};
    co_return outcome{outcome::kind::done, "reloaded", std::move(went.remarks)};
}

outcome gate_operations::drain_gate(std::optional<std::chrono::milliseconds> deadline) {
    orders_.drain(deadline);
    return {
        outcome::kind::done,
        "the gate takes no new connections once timeouts.drain_notice is over, and ends when its sessions have ended",
        {}};
}

}  // namespace portcullis::proxy
