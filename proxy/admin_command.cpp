#include "proxy/admin_command.hpp"

#include "proxy/admin/client.hpp"
#include "proxy/admin/tables.hpp"
#include "proxy/admin/target.hpp"
#include "proxy/config/load.hpp"
#include "proxy/config/token_file.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <memory>

namespace portcullis::proxy {
namespace {

namespace json = boost::json;

constexpr int refused = 1;
constexpr int unreachable = 3;
constexpr int not_let_in = 4;

/// What all of them take.
struct options {
    std::string address;
    std::filesystem::path config;
    std::filesystem::path token_file;
    std::filesystem::path ca;
    bool as_json = false;
    std::string name;  ///< of what is to be acted upon
    std::string cluster;
    std::string deadline;
    bool all = false;
};

struct request {
    std::string method;
    std::string target;
    std::string body;
    std::string table;  ///< how the reply is shown; empty: it is one sentence
};

/// Where the configuration says that its gate listens. What else is wrong with it is not asked here: its keys may be
/// for other eyes.
std::string place_of(const std::filesystem::path& file, admin::place& out) {
    const auto loaded = config::load_file(file);
    const auto& settings = loaded.value.admin;
    if (!loaded.ok() && loaded.value.listeners.empty()) return loaded.diagnostics.front().to_string();
    if (!settings.socket.empty()) {
        out.address = {"", 0, settings.socket};
        return {};
    }
    if (!settings.address) return file.string() + ": [admin] has neither a socket nor an address";
    out.address = *settings.address;
    out.tls = !settings.tls.pairs.empty();
    if (!settings.tokens.empty()) out.token = settings.tokens.front().secret;
    return {};
}

/// Fills `out` or returns what is wrong.
std::string find_place(const options& given, admin::place& out) {
    if (!given.address.empty()) {
        const auto parsed = admin::parse_place(given.address);
        if (!parsed) return "--address takes unix:PATH, http://HOST:PORT or https://HOST:PORT, not " + given.address;
        out = *parsed;
    } else if (!given.config.empty()) {
        if (auto problem = place_of(given.config, out); !problem.empty()) return problem;
    } else {
        out.address = {"", 0, config::admin{}.socket};
    }
    out.ca = given.ca;
    if (given.token_file.empty()) return {};
    std::vector<config::admin_token> tokens;
    auto problem = config::read_token_file(given.token_file, tokens);
    if (problem.empty()) out.token = tokens.front().secret;
    return problem;
}

int complain(const std::string& words, int code) {
    std::cerr << "portcullis: " << words << '\n';
    return code;
}

int complain_of(const admin::response& got, const admin::place& where) {
    const auto address = where.address.to_string();
    if (got.refused_by_system)
        return complain("this user may not open " + address + ": use the gate's own user, or root", not_let_in);
    return complain(
        "no gate answers at " + address + ": " + got.failure + " (say where it is with --address or --config)",
        unreachable);
}

/// A line for each.
std::string reasons_of(const json::object& reply) {
    std::string out;
    if (const auto* reasons = reply.if_contains("reasons"); reasons != nullptr && reasons->is_array())
        for (const auto& each : reasons->get_array())
            if (each.is_string()) out += "\n  " + std::string(each.get_string());
    return out;
}

int complain_of_reply(const admin::response& got, const json::value& reply) {
    std::string words = "the gate answered with HTTP status " + std::to_string(got.status);
    if (const auto* body = reply.if_object(); body != nullptr && body->contains("error")) {
        const auto& error = body->at("error");
        if (error.is_string()) words = std::string(error.get_string());
        words += reasons_of(*body);
    }
    if (got.status == 401) words += " (--token-file)";
    return complain(words, got.status == 401 || got.status == 403 || got.status == 429 ? not_let_in : refused);
}

int carry_out(const options& given, const request& what) {
    admin::place where;
    if (const auto problem = find_place(given, where); !problem.empty()) return complain(problem, refused);
    const auto got = admin::ask(where, what.method, what.target, what.body);
    if (got.status == 0) return complain_of(got, where);
    json::error_code unreadable;
    const auto reply = json::parse(got.body, unreadable);
    if (unreadable)
        return complain(where.address.to_string() + " is not a gate's administration interface", unreachable);
    if (given.as_json) std::cout << json::serialize(reply) << '\n' << std::flush;
    if (got.status >= 300) return complain_of_reply(got, reply);
    if (given.as_json) return 0;
    if (!what.table.empty()) {
        std::cout << admin::as_table(what.table, reply) << std::flush;
    } else if (const auto* body = reply.if_object(); body != nullptr && body->contains("result")) {
        const auto& result = body->at("result");
        std::cout << (result.is_string() ? std::string(result.get_string()) : json::serialize(result))
                  << reasons_of(*body) << '\n';
    }
    return 0;
}

using command_options = std::shared_ptr<options>;

class commands {
public:
    commands(CLI::App& app, int& exit_code) : app_(app), exit_code_(exit_code) {}

    CLI::App* add(const std::string& name, const std::string& help, const command_options& given,
                  std::function<request(const options&)> make) {
        auto* command = app_.add_subcommand(name, help);
        command->add_option("-c,--config", given->config, "The gate's configuration: says where it is")
            ->option_text("FILE");
        command->add_option("--address", given->address, "unix:PATH, http://HOST:PORT or https://HOST:PORT")
            ->option_text("PLACE");
        command->add_option("--token-file", given->token_file, "Its first token, for HTTP")->option_text("FILE");
        command->add_option("--ssl-ca", given->ca, "Verifies the gate, for HTTPS; else the system's certificates")
            ->option_text("FILE");
        command->add_flag("--json", given->as_json, "The reply as it is, for programs");
        command->callback(
            [&exit_code = exit_code_, given, make = std::move(make)] { exit_code = carry_out(*given, make(*given)); });
        return command;
    }

    void add_view(const std::string& name, const std::string& help) {
        add(name, help, std::make_shared<options>(), [name](const options&) {
            return request{"GET", "/api/v1/" + name, "", name};
        });
    }

private:
    CLI::App& app_;
    int& exit_code_;
};

request order(const std::string& target, const json::object& body = {}) {
    return {"POST", "/api/v1/" + target, body.empty() ? "" : json::serialize(body), ""};
}

json::object body_of(const options& given) {
    json::object body;
    if (!given.cluster.empty()) body["cluster"] = given.cluster;
    if (!given.deadline.empty()) body["deadline"] = given.deadline;
    return body;
}

void add_drains(commands& all) {
    auto given = std::make_shared<options>();
    auto* drain = all.add("drain", "No new sessions for an aggregator; without one, for the gate, which then ends",
                          given, [](const options& o) {
                              if (o.name.empty()) return order("drain", body_of(o));
                              return order("aggregators/" + admin::percent_encoded(o.name) + "/drain", body_of(o));
                          });
    drain->add_option("aggregator", given->name, "Its address, as it is configured");
    drain->add_option("--deadline", given->deadline, "When to end the sessions that are left")->option_text("DURATION");
    drain->add_option("--cluster", given->cluster, "Where several have an aggregator of this name")
        ->option_text("NAME");
    auto undrained = std::make_shared<options>();
    auto* undrain = all.add("undrain", "New sessions for an aggregator again", undrained, [](const options& o) {
        return order("aggregators/" + admin::percent_encoded(o.name) + "/undrain", body_of(o));
    });
    undrain->add_option("aggregator", undrained->name, "Its address, as it is configured")->required();
    undrain->add_option("--cluster", undrained->cluster, "Where several have an aggregator of this name")
        ->option_text("NAME");
}

}  // namespace

void add_admin_commands(CLI::App& app, int& exit_code) {
    commands all(app, exit_code);
    all.add_view("status", "What a running gate is and does");
    all.add_view("sessions", "Its sessions: who, from where, TLS, bytes, age");
    all.add_view("aggregators", "Its aggregators: state, sessions, failures");
    all.add_view("accounts", "The rules it lets users in by");
    all.add_view("bans", "The addresses it turns away");
    all.add_view("certificates", "The certificates it uses, and their days left");

    auto killed = std::make_shared<options>();
    auto* kill = all.add("kill", "End a session", killed, [](const options& o) {
        return order("sessions/" + admin::percent_encoded(o.name) + "/kill");
    });
    kill->add_option("id", killed->name, "As `sessions` and the log show it")->required();

    add_drains(all);
    all.add("reload", "Take the changed configuration, the whole or nothing of it", std::make_shared<options>(),
            [](const options&) { return order("reload"); });

    auto unbanned = std::make_shared<options>();
    auto* unban = all.add("unban", "Lift a ban, or all of them", unbanned, [](const options& o) {
        json::object body;
        if (o.all) body["all"] = true;
        if (!o.name.empty()) body["address"] = o.name;
        return order("bans/lift", body);
    });
    auto* address = unban->add_option("address", unbanned->name, "An address that it holds for");
    unban->add_flag("--all", unbanned->all, "Every one")->excludes(address);
}

}  // namespace portcullis::proxy
