#include "proxy/admin/json.hpp"

#include "proxy/admin/logins.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <array>
#include <cmath>
#include <ctime>

namespace portcullis::admin {
namespace {

namespace json = boost::json;

/// Durations are given in milliseconds' precision: more is noise.
double rounded(double seconds) {
    return std::round(seconds * 1000) / 1000;
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::array texts(const std::vector<std::string>& from) {
    json::array out;
    for (const auto& each : from) out.emplace_back(each);
    return out;
}

template <class T, class F>
json::array each_of(const std::vector<T>& from, F&& make) {
    json::array out;
    out.reserve(from.size());
    for (const auto& one : from) out.emplace_back(make(one));
    return out;
}

json::value time_or_null(const std::optional<unix_time>& time) {
    return time ? json::value(iso8601(*time)) : json::value(nullptr);
}

json::value of_leg(const leg_facts& leg) {
    if (leg.tls_version.empty()) return nullptr;
    return json::object{{"version", leg.tls_version}, {"cipher", leg.cipher}, {"resumed", leg.resumed}};
}

json::object of_session(const session_facts& each) {
    return {{"id", each.id},
            {"state", each.logged_in ? "logged_in" : "login"},
            {"user", each.user},
            {"account", each.account},
            {"client", each.client},
            {"listener", each.listener},
            {"cluster", each.cluster},
            {"aggregator", text_or_null(each.aggregator)},
            {"aggregator_id", each.aggregator_id},
            {"aggregator_reused", each.aggregator_reused},
            {"client_tls", of_leg(each.client_leg)},
            {"aggregator_tls", of_leg(each.aggregator_leg)},
            {"from_client", each.from_client},
            {"to_client", each.to_client},
            {"age", rounded(each.age)},
            {"idle", rounded(each.idle)}};
}

json::object of_aggregator(const aggregator_facts& each) {
    const auto dials = each.dial_time.total();
    const auto mean =
        dials == 0 ? json::value(nullptr) : json::value(rounded(each.dial_time.sum / static_cast<double>(dials)));
    return {{"cluster", each.cluster}, {"name", each.name},
            {"state", each.state},     {"drained", each.drained},
            {"weight", each.weight},   {"sessions", each.sessions},
            {"kept", each.kept},       {"server_version", text_or_null(each.server_version)},
            {"dials", dials},          {"dial_failures", each.dial_failures},
            {"dial_mean", mean},       {"times_blocked", each.times_blocked}};
}

json::object of_account(const account_facts& each) {
    return {{"user", each.user},
            {"host", each.host},
            {"require", each.require},
            {"issuer", text_or_null(each.issuer)},
            {"subject", text_or_null(each.subject)},
            {"cipher", text_or_null(each.cipher)},
            {"max_user_connections", each.max_user_connections},
            {"allow_from", texts(each.allow_from)},
            {"sessions", each.sessions}};
}

json::object of_certificate(const certificate_facts& each, unix_time now) {
    return {{"used_by", each.used_by},
            {"setting", each.setting},
            {"file", each.file},
            {"subject", each.subject},
            {"issuer", each.issuer},
            {"serial", each.serial},
            {"not_before", iso8601(each.not_before)},
            {"not_after", iso8601(each.not_after)},
            {"days_left", days_until(each.not_after, now)},
            {"key", each.key},
            {"is_ca", each.is_ca},
            {"names", texts(each.names)},
            {"fingerprint", each.fingerprint}};
}

json::object of_reload(const reload_facts& from) {
    return {{"attempts", from.attempts},
            {"failures", from.failures},
            {"last_attempt", time_or_null(from.last_attempt)},
            {"last_success", time_or_null(from.last_success)},
            {"last_reason", text_or_null(from.last_reason)},
            {"last_error", text_or_null(from.last_error)}};
}

/// `counts` of each bucket alone; the last one, which has no bound, is for what is longer than all.
json::object of_histogram(const observe::histogram::reading& from) {
    json::array counts(from.counts.begin(), from.counts.end());
    return {{"counts", std::move(counts)}, {"count", from.total()}, {"sum", from.sum}};
}

json::object of_leg(const leg_metrics& from) {
    json::array agreed;
    for (const auto& [key, count] : from.agreed) {
        const auto& [version, cipher, resumed] = key;
        agreed.push_back(
            json::object{{"version", version}, {"cipher", cipher}, {"resumed", resumed}, {"count", count}});
    }
    return {{"agreed", std::move(agreed)}, {"time", of_histogram(from.time)}};
}

}  // namespace

std::string iso8601(unix_time time) {
    const std::time_t seconds = time;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), size};
}

std::int64_t days_until(unix_time then, unix_time now) {
    constexpr double day = 86400;
    return static_cast<std::int64_t>(std::floor(static_cast<double>(then - now) / day));
}

json::value to_json(const gate_status& from) {
    auto listeners = each_of(from.listeners, [](const listener_facts& each) {
        return json::object{{"name", each.name},
                            {"address", each.address},
                            {"cluster", each.cluster},
                            {"tls_version", text_or_null(each.tls_version)}};
    });
    auto clusters = each_of(from.clusters, [](const cluster_facts& each) {
        return json::object{{"name", each.name},
                            {"ssl_mode", each.ssl_mode},
                            {"aggregators", each.aggregators},
                            {"usable", each.usable}};
    });
    return json::object{{"version", from.version},
                        {"openssl", from.openssl},
                        {"pid", from.pid},
                        {"config_file", from.config_file},
                        {"started", iso8601(from.started)},
                        {"ready", from.ready},
                        {"draining", from.draining},
                        {"workers", from.workers},
                        {"sessions", from.sessions},
                        {"connections", from.connections},
                        {"unauthenticated", from.unauthenticated},
                        {"max_connections", from.max_connections},
                        {"max_unauthenticated", from.max_unauthenticated},
                        {"bans", from.bans},
                        {"lost_audit_records", from.lost_audit_records},
                        {"listeners", std::move(listeners)},
                        {"clusters", std::move(clusters)},
                        {"reload", of_reload(from.reload)}};
}

json::value to_json(const gate_metrics& from) {
    auto logins = each_of(logins_by_reason(from), [](const login_count& each) {
        return json::object{{"outcome", each.outcome}, {"reason", each.reason}, {"count", each.count}};
    });
    auto closed = each_of(from.closed, [](const auto& each) {
        const auto& [why, count] = each;
        return json::object{{"side", to_string(why.side)},
                            {"phase", to_string(why.phase)},
                            {"cause", to_string(why.cause)},
                            {"count", count}};
    });
    constexpr auto& bounds = observe::histogram::bounds;
    return json::object{{"logins", std::move(logins)},
                        {"closed", std::move(closed)},
                        {"bounds", json::array(bounds.begin(), bounds.end())},
                        {"login_time", of_histogram(from.login_time)},
                        {"client_handshakes", of_leg(from.client)},
                        {"aggregator_handshakes", of_leg(from.aggregator)},
                        {"from_client", from.from_client},
                        {"to_client", from.to_client}};
}

json::value to_json(const std::vector<session_facts>& from) {
    return json::object{{"sessions", each_of(from, of_session)}};
}

json::value to_json(const std::vector<aggregator_facts>& from) {
    return json::object{{"aggregators", each_of(from, of_aggregator)}};
}

json::value to_json(const accounts_facts& from) {
    return json::object{{"default_require", from.default_require},
                        {"default_sessions", from.default_sessions},
                        {"accounts", each_of(from.rules, of_account)}};
}

json::value to_json(const std::vector<ban_facts>& from) {
    return json::object{
        {"bans", each_of(from, [](const ban_facts& each) {
             return json::object{{"network", each.network}, {"seconds_left", rounded(each.seconds_left)}};
         })}};
}

json::value to_json(const std::vector<certificate_facts>& from, unix_time now) {
    return json::object{
        {"certificates", each_of(from, [now](const certificate_facts& each) { return of_certificate(each, now); })}};
}

}  // namespace portcullis::admin
