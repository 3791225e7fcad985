#include "proxy/admin/answer.hpp"

#include "proxy/admin/exposition.hpp"
#include "proxy/admin/json.hpp"
#include "proxy/admin/page.hpp"
#include "proxy/admin/target.hpp"
#include "proxy/config/duration.hpp"
#include "proxy/observe/audit.hpp"
#include "proxy/observe/log.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace portcullis::admin {

namespace json = boost::json;

/// What a handler knows of the request.
struct answerer::call {
    operations& work;
    std::string parameter;  ///< the segment that the route leaves open
    json::object body;
    std::string by;
    std::string known;  ///< If-None-Match
};

namespace {

enum class access { everybody, metrics, token };

unix_time now() {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

reply json_reply(const json::value& body, unsigned status = 200) {
    reply out;
    out.status = status;
    out.body = json::serialize(body) + "\n";
    return out;
}

reply text_reply(unsigned status, std::string body) {
    reply out;
    out.status = status;
    out.content_type = "text/plain; charset=utf-8";
    out.body = std::move(body);
    return out;
}

/// What is wrong with a request's body, in words.
struct unusable_body {
    std::string words;
};

void allow_only(const json::object& body, std::initializer_list<std::string_view> names) {
    for (const auto& each : body)
        if (std::find(names.begin(), names.end(), std::string_view(each.key())) == names.end())
            throw unusable_body{"unknown key \"" + std::string(each.key()) + "\""};
}

std::string text_of(const json::object& body, std::string_view key) {
    const auto* found = body.if_contains(key);
    if (found == nullptr || found->is_null()) return {};
    if (!found->is_string()) throw unusable_body{"\"" + std::string(key) + "\" takes a string"};
    return std::string(found->get_string());
}

std::optional<std::chrono::milliseconds> deadline_of(const json::object& body) {
    const auto text = text_of(body, "deadline");
    if (text.empty()) return std::nullopt;
    const auto parsed = text == "0s" ? std::chrono::milliseconds(0) : config::parse_duration(text);
    if (!parsed) throw unusable_body{R"("deadline" takes a duration such as "30s")"};
    return parsed;
}

unsigned status_of(outcome::kind what) {
    switch (what) {
        case outcome::kind::done:
            return 200;
        case outcome::kind::not_found:
            return 404;
        case outcome::kind::refused:
            return 409;
        case outcome::kind::failed:
            return 500;
    }
    return 500;
}

/// Every order leaves one line in the log: who, what, and how it went.
template <class Call>
reply ordered(const Call& by, std::string_view action, const std::string& target, const outcome& result) {
    const bool done = result.what == outcome::kind::done;
    std::vector<observe::field> fields{{"action", std::string(action)}};
    if (!target.empty()) fields.push_back({"target", target});
    fields.push_back({"by", by.by});
    fields.push_back({"done", done ? "true" : "false"});
    fields.push_back({"result", result.words});
    observe::log(done ? observe::log_level::info : observe::log_level::warning, "administration", fields);
    observe::audit_administration(action, by.by, done, target, result.words);
    json::object body{{done ? "result" : "error", result.words}};
    if (!result.reasons.empty()) body["reasons"] = json::array(result.reasons.begin(), result.reasons.end());
    return json_reply(body, status_of(result.what));
}

template <class Call>
reply kill_session(const Call& c) {
    allow_only(c.body, {});
    std::uint32_t id = 0;
    const auto* end = c.parameter.data() + c.parameter.size();
    const auto [stop, error] = std::from_chars(c.parameter.data(), end, id);
    if (error != std::errc() || stop != end || id == 0) return error_reply(404, "a session's id is a number");
    return ordered(c, "kill", c.parameter, c.work.kill(id));
}

template <class Call>
reply drain_aggregator(const Call& c) {
    allow_only(c.body, {"cluster", "deadline"});
    const auto deadline = deadline_of(c.body);
    return ordered(c, "drain_aggregator", c.parameter,
                   c.work.drain_aggregator(c.parameter, text_of(c.body, "cluster"), deadline));
}

template <class Call>
reply undrain_aggregator(const Call& c) {
    allow_only(c.body, {"cluster"});
    return ordered(c, "undrain_aggregator", c.parameter,
                   c.work.undrain_aggregator(c.parameter, text_of(c.body, "cluster")));
}

template <class Call>
reply lift_bans(const Call& c) {
    allow_only(c.body, {"address", "all"});
    const auto address = text_of(c.body, "address");
    const auto* all = c.body.if_contains("all");
    if (all != nullptr && !all->is_bool()) throw unusable_body{R"("all" takes true or false)"};
    const bool everybody = all != nullptr && all->get_bool();
    if (everybody == !address.empty()) throw unusable_body{R"(name an "address", or say "all": true)"};
    if (everybody) return ordered(c, "lift_bans", "all", c.work.lift_all_bans());
    const auto parsed = config::ip_address::parse(address);
    if (!parsed) throw unusable_body{"\"" + address + "\" is no IP address"};
    return ordered(c, "lift_bans", parsed->to_string(), c.work.lift_ban(*parsed));
}

template <class Call>
net::awaitable<reply> reload(const Call& c) {
    allow_only(c.body, {});
    const auto result = co_await c.work.reload();
    co_return ordered(c, "reload", "", result);
}

template <class Call>
reply drain_gate(const Call& c) {
    allow_only(c.body, {"deadline"});
    const auto deadline = deadline_of(c.body);
    return ordered(c, "drain", "", c.work.drain_gate(deadline));
}

/// A page that calls itself by a name of its own and has it point here (DNS rebinding) sends that name.
bool is_loopback_host(std::string_view host) {
    if (host.starts_with('[')) {
        host = host.substr(1, host.find(']') - 1);
    } else {
        host = host.substr(0, host.find(':'));
    }
    if (host == "localhost") return true;
    const auto address = config::ip_address::parse(host);
    return address && address->is_loopback();
}

json::object parse_body(const request& asked) {
    if (asked.body.empty()) return {};
    // A form of a foreign page can send other types only.
    const auto type = std::string_view(asked.content_type);
    if (type.substr(0, type.find(';')) != "application/json") throw unusable_body{"the body must be application/json"};
    json::parse_options options;
    options.max_depth = 4;
    json::error_code error;
    auto parsed = json::parse(asked.body, error, {}, options);
    if (error || !parsed.is_object()) throw unusable_body{"the body must be a JSON object"};
    return std::move(parsed.get_object());
}

}  // namespace

struct answerer::route {
    std::string_view method;
    std::vector<std::string_view> path;  ///< "*" is any one segment
    access needs;
    reply (*handle)(const call&);
    net::awaitable<reply> (*handle_slowly)(const call&) = nullptr;  ///< instead, where others must not wait for it

    [[nodiscard]] bool matches(const std::vector<std::string>& segments) const {
        return std::equal(
            path.begin(), path.end(), segments.begin(), segments.end(),
            [](std::string_view wanted, const std::string& there) { return wanted == "*" || wanted == there; });
    }
};

const std::vector<answerer::route>& answerer::routes() {
    using c = const call&;
    static const std::vector<route> table{
        {"GET", {}, access::everybody, [](c in) { return page_reply("index.html", in.known); }},
        {"GET", {"dashboard", "*"}, access::everybody, [](c in) { return page_reply(in.parameter, in.known); }},
        {"GET", {"healthz"}, access::everybody, [](c) { return text_reply(200, "ok\n"); }},
        {"GET",
         {"readyz"},
         access::everybody,
         [](c in) { return in.work.ready() ? text_reply(200, "ready\n") : text_reply(503, "not ready\n"); }},
        {"GET",
         {"metrics"},
         access::metrics,
         [](c in) {
             auto out = text_reply(200, expose(in.work.metrics(), read_process()));
             out.content_type = exposition_type;
             return out;
         }},
        {"GET", {"api", "v1", "status"}, access::token, [](c in) { return json_reply(to_json(in.work.status())); }},
        {"GET", {"api", "v1", "metrics"}, access::token, [](c in) { return json_reply(to_json(in.work.metrics())); }},
        {"GET", {"api", "v1", "sessions"}, access::token, [](c in) { return json_reply(to_json(in.work.sessions())); }},
        {"GET",
         {"api", "v1", "aggregators"},
         access::token,
         [](c in) { return json_reply(to_json(in.work.aggregators())); }},
        {"GET", {"api", "v1", "accounts"}, access::token, [](c in) { return json_reply(to_json(in.work.accounts())); }},
        {"GET", {"api", "v1", "bans"}, access::token, [](c in) { return json_reply(to_json(in.work.bans())); }},
        {"GET",
         {"api", "v1", "certificates"},
         access::token,
         [](c in) { return json_reply(to_json(in.work.certificates(), now())); }},
        {"POST", {"api", "v1", "sessions", "*", "kill"}, access::token, [](c in) { return kill_session(in); }},
        {"POST", {"api", "v1", "aggregators", "*", "drain"}, access::token, [](c in) { return drain_aggregator(in); }},
        {"POST",
         {"api", "v1", "aggregators", "*", "undrain"},
         access::token,
         [](c in) { return undrain_aggregator(in); }},
        {"POST", {"api", "v1", "bans", "lift"}, access::token, [](c in) { return lift_bans(in); }},
        {"POST", {"api", "v1", "reload"}, access::token, nullptr, [](c in) { return reload(in); }},
        {"POST", {"api", "v1", "drain"}, access::token, [](c in) { return drain_gate(in); }},
    };
    return table;
}

reply error_reply(unsigned status, const std::string& words) {
    return json_reply(json::object{{"error", words}}, status);
}

answerer::answerer(const config::admin& settings, operations& work)
    : metrics_need_token_(settings.metrics_need_token),
      tokens_(settings.tokens),
      wrong_tokens_(make_token_bans()),
      work_(work) {}

void answerer::adopt(const config::admin& settings) {
    metrics_need_token_ = settings.metrics_need_token;
    tokens_ = tokens(settings.tokens);
}

std::optional<reply> answerer::check_token(const request& asked, const caller& from) {
    const gate::client_origin origin{from.address};
    const auto now = gate::ban_clock::now();
    if (wrong_tokens_.is_banned(origin, now)) {
        auto out = error_reply(429, "too many wrong tokens from this address");
        out.headers.emplace_back("Retry-After", std::to_string(wrong_tokens_pause.count()));
        return out;
    }
    const auto unauthorized = [](const std::string& words) {
        auto out = error_reply(401, words);
        out.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"portcullis\"");
        return out;
    };
    const auto presented = bearer_token(asked.authorization);
    if (!presented) return unauthorized("a token is needed: Authorization: Bearer TOKEN");
    const auto found = tokens_.look_up(*presented, std::chrono::system_clock::now());
    if (found == tokens::verdict::valid) return std::nullopt;
    const bool expired = found == tokens::verdict::expired;
    observe::log(
        observe::log_level::warning,
        expired ? "administration: an expired token was presented" : "administration: a wrong token was presented",
        {{"by", from.name}});
    if (wrong_tokens_.count_failure(origin, now))
        observe::log(observe::log_level::warning, "administration: no token is taken from there for a minute",
                     {{"by", from.name}});
    // Which of the two it was is for the log: who holds an expired one learns nothing that a guesser could use.
    return unauthorized("the token is wrong or has expired");
}

std::optional<reply> answerer::refuse(const request& asked, const caller& from, const route& found) {
    if (from.is_local_user()) return std::nullopt;
    if (!asked.origin.empty() && asked.origin != (from.tls ? "https://" : "http://") + asked.host)
        return error_reply(403, "requests of other pages are refused");
    const bool free = found.needs == access::everybody || (found.needs == access::metrics && !metrics_need_token_);
    if (free) return std::nullopt;
    return check_token(asked, from);
}

/// Finds the route and fills `what`; a reply if there is none, or not for this caller.
std::optional<reply> answerer::route_of(const request& asked, const caller& from, const route*& found, call& what) {
    // With TLS the certificate does not fit the name of a foreign page.
    if (!from.is_local_user() && !from.tls && !is_loopback_host(asked.host))
        return error_reply(421, "the Host of the request is not this machine's loopback address");
    const auto target = parse_target(asked.target);
    if (!target) return error_reply(400, "the target of the request is malformed");
    const std::string_view method = asked.method == "HEAD" ? "GET" : std::string_view(asked.method);
    std::string allow;
    for (const auto& each : routes()) {
        if (!each.matches(target->segments)) continue;
        allow += (allow.empty() ? "" : ", ") + std::string(each.method) + (each.method == "GET" ? ", HEAD" : "");
        if (each.method == method) found = &each;
    }
    if (allow.empty()) return error_reply(404, "there is nothing here");
    if (found == nullptr) {
        auto out = error_reply(405, "this takes " + allow);
        out.headers.emplace_back("Allow", allow);
        return out;
    }
    if (auto refused = refuse(asked, from, *found)) return refused;
    const auto open = std::find(found->path.begin(), found->path.end(), "*");
    if (open != found->path.end())
        what.parameter = target->segments[static_cast<std::size_t>(open - found->path.begin())];
    what.body = parse_body(asked);
    return std::nullopt;
}

net::awaitable<reply> answerer::answer(const request& asked, const caller& from) {
    try {
        const route* found = nullptr;
        call what{work_, "", {}, from.name, asked.if_none_match};
        if (auto instead = route_of(asked, from, found, what)) co_return *std::move(instead);
        if (found->handle != nullptr) co_return found->handle(what);
        co_return co_await found->handle_slowly(what);
    } catch (const unusable_body& problem) {
        co_return error_reply(400, problem.words);
    } catch (const std::exception& failure) {
        observe::log(observe::log_level::error, "administration: a request failed", {{"reason", failure.what()}});
        co_return error_reply(500, "the gate failed to answer; its log says why");
    }
}

}  // namespace portcullis::admin
