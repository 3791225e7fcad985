#include "proxy/admin/tables.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace portcullis::admin {
namespace {

namespace json = boost::json;
using row = std::vector<std::string>;
using rows = std::vector<row>;

std::string text(const json::object& of, std::string_view key) {
    const auto& value = of.at(key);
    if (value.is_null()) return "-";
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_bool()) return value.get_bool() ? "yes" : "no";
    return json::serialize(value);
}

double number(const json::object& of, std::string_view key) {
    return of.at(key).to_number<double>();
}

std::string tls(const json::object& session, std::string_view key) {
    const auto& leg = session.at(key);
    if (leg.is_null()) return "none";
    const auto& facts = leg.as_object();
    return text(facts, "version") + " " + text(facts, "cipher") + (facts.at("resumed").as_bool() ? " resumed" : "");
}

std::string sessions(const json::object& reply) {
    rows out{{"ID", "USER", "CLIENT", "LISTENER", "CLUSTER", "AGGREGATOR", "CLIENT TLS", "AGGREGATOR TLS",
              "FROM CLIENT", "TO CLIENT", "AGE", "IDLE", "STATE"}};
    for (const auto& each : reply.at("sessions").as_array()) {
        const auto& s = each.as_object();
        out.push_back({text(s, "id"), text(s, "user"), text(s, "client"), text(s, "listener"), text(s, "cluster"),
                       text(s, "aggregator"), tls(s, "client_tls"), tls(s, "aggregator_tls"),
                       size_in_words(number(s, "from_client")), size_in_words(number(s, "to_client")),
                       duration_in_words(number(s, "age")), duration_in_words(number(s, "idle")), text(s, "state")});
    }
    return aligned(out);
}

std::string aggregators(const json::object& reply) {
    rows out{
        {"CLUSTER", "AGGREGATOR", "STATE", "SESSIONS", "KEPT", "WEIGHT", "DIALS", "FAILED", "MEAN DIAL", "VERSION"}};
    for (const auto& each : reply.at("aggregators").as_array()) {
        const auto& a = each.as_object();
        const auto& mean = a.at("dial_mean");
        const auto dial = mean.is_null() ? std::string("-") : fmt::format("{:.0f} ms", mean.to_number<double>() * 1000);
        const auto state = text(a, "state") + (a.at("drained").as_bool() ? ", drained" : "");
        out.push_back({text(a, "cluster"), text(a, "name"), state, text(a, "sessions"), text(a, "kept"),
                       text(a, "weight"), text(a, "dials"), text(a, "dial_failures"), dial, text(a, "server_version")});
    }
    return aligned(out);
}

std::string accounts(const json::object& reply) {
    rows out{{"USER", "HOST", "REQUIRE", "ISSUER", "SUBJECT", "CIPHER", "MAX", "ALLOW FROM", "SESSIONS"}};
    for (const auto& each : reply.at("accounts").as_array()) {
        const auto& a = each.as_object();
        std::string networks;
        for (const auto& network : a.at("allow_from").as_array())
            networks += (networks.empty() ? "" : ",") + std::string(network.as_string());
        out.push_back({text(a, "user"), text(a, "host"), text(a, "require"), text(a, "issuer"), text(a, "subject"),
                       text(a, "cipher"), text(a, "max_user_connections"), networks.empty() ? "-" : networks,
                       text(a, "sessions")});
    }
    out.push_back(
        {"(all others)", "", text(reply, "default_require"), "-", "-", "-", "0", "-", text(reply, "default_sessions")});
    return aligned(out);
}

std::string bans(const json::object& reply) {
    rows out{{"NETWORK", "LEFT"}};
    for (const auto& each : reply.at("bans").as_array())
        out.push_back({text(each.as_object(), "network"), duration_in_words(number(each.as_object(), "seconds_left"))});
    return out.size() == 1 ? "no bans\n" : aligned(out);
}

std::string certificates(const json::object& reply) {
    rows out{{"USED BY", "SETTING", "DAYS LEFT", "UNTIL", "SUBJECT", "ISSUER", "FILE"}};
    for (const auto& each : reply.at("certificates").as_array()) {
        const auto& c = each.as_object();
        out.push_back({text(c, "used_by"), text(c, "setting"), text(c, "days_left"), text(c, "not_after"),
                       text(c, "subject"), text(c, "issuer"), text(c, "file")});
    }
    return aligned(out);
}

std::string state_of(const json::object& status) {
    if (status.at("draining").as_bool()) return "draining";
    return status.at("ready").as_bool() ? "ready" : "not ready: a cluster has no usable aggregator";
}

std::string status(const json::object& s) {
    const auto& reload = s.at("reload").as_object();
    rows head{
        {"state", state_of(s)},
        {"version", text(s, "version") + ", OpenSSL " + text(s, "openssl")},
        {"process", text(s, "pid") + ", started " + text(s, "started")},
        {"configuration", text(s, "config_file") + ", since " + text(reload, "last_success")},
        {"sessions", text(s, "sessions")},
        {"connections", text(s, "connections") + " of " + text(s, "max_connections") + ", " +
                            text(s, "unauthenticated") + " of " + text(s, "max_unauthenticated") + " not logged in"},
        {"bans", text(s, "bans")}};
    if (s.at("lost_audit_records").to_number<std::uint64_t>() > 0)
        head.push_back({"audit log", text(s, "lost_audit_records") + " records were lost"});
    if (!reload.at("last_error").is_null())
        head.push_back(
            {"last reload", "refused at " + text(reload, "last_attempt") + ": " + text(reload, "last_error")});
    rows listeners{{"LISTENER", "ADDRESS", "CLUSTER", "TLS"}};
    for (const auto& each : s.at("listeners").as_array()) {
        const auto& l = each.as_object();
        const auto& versions = l.at("tls_version");
        listeners.push_back({text(l, "name"), text(l, "address"), text(l, "cluster"),
                             versions.is_null() ? "none" : std::string(versions.as_string())});
    }
    rows clusters{{"CLUSTER", "SSL_MODE", "USABLE"}};
    for (const auto& each : s.at("clusters").as_array()) {
        const auto& c = each.as_object();
        clusters.push_back({text(c, "name"), text(c, "ssl_mode"), text(c, "usable") + " of " + text(c, "aggregators")});
    }
    return aligned(head) + "\n" + aligned(listeners) + "\n" + aligned(clusters);
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// User names may come from strangers.
std::string harmless(const std::string& cell) {
    std::string out = cell;
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    return out;
}

std::size_t width_of(const std::string& cell) {
    return static_cast<std::size_t>(
        std::count_if(cell.begin(), cell.end(), [](char c) { return !is_continuation(c); }));
}

}  // namespace

std::string aligned(const rows& all) {
    std::vector<std::size_t> widths;
    for (const auto& line : all) {
        widths.resize(std::max(widths.size(), line.size()));
        for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i]));
    }
    std::string out;
    for (const auto& line : all) {
        std::string shown;
        for (std::size_t i = 0; i < line.size(); ++i)
            shown += harmless(line[i]) + std::string(widths[i] - width_of(line[i]) + 2, ' ');
        shown.erase(shown.find_last_not_of(' ') + 1);
        out += shown + "\n";
    }
    return out;
}

std::string as_table(std::string_view what, const json::value& reply) try {
    const auto& from = reply.as_object();
    if (what == "status") return status(from);
    if (what == "sessions") return sessions(from);
    if (what == "aggregators") return aggregators(from);
    if (what == "accounts") return accounts(from);
    if (what == "bans") return bans(from);
    if (what == "certificates") return certificates(from);
    return json::serialize(reply) + "\n";
} catch (const std::exception&) {  // a gate of another version
    return json::serialize(reply) + "\n";
}

std::string duration_in_words(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds));
    constexpr std::array<std::pair<std::int64_t, const char*>, 4> units{
        {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}}};
    std::string out;
    auto left = whole;
    int shown = 0;
    for (const auto& [size, name] : units) {
        const auto count = left / size;
        left %= size;
        if (count == 0 && shown == 0 && size != 1) continue;
        if (++shown > 2) break;
        if (count > 0 || shown == 1) out += (out.empty() ? "" : " ") + std::to_string(count) + name;
    }
    return out;
}

std::string size_in_words(double bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < units.size(); ++unit) bytes /= 1024;
    return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, units.at(unit));
}

}  // namespace portcullis::admin
