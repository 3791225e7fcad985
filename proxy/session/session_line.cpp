#include "proxy/session/session_line.hpp"

#include "proxy/observe/log.hpp"

#include <fmt/format.h>

namespace portcullis::session {
namespace {

using observe::field;

void add_tls(std::vector<field>& fields, std::string_view leg, const std::optional<certs::tls_facts>& tls) {
    const bool client = leg == "client";
    fields.push_back({client ? "client_tls" : "aggregator_tls", std::string(tls ? tls->version : "none")});
    fields.push_back({client ? "client_cipher" : "aggregator_cipher", std::string(tls ? tls->cipher : "none")});
    fields.push_back({client ? "client_resumed" : "aggregator_resumed", tls && tls->resumed ? "true" : "false"});
}

}  // namespace

std::string client_name(const state& s) {
    if (!s.from.address) return "unix";
    return config::endpoint{s.from.address->to_string(), s.port, {}}.to_string();
}

void log_session(const state& s, const ending& end) {
    const auto lasted = std::chrono::duration<double>(net::clock::now() - s.began).count();
    std::vector<field> fields{{"id", std::to_string(s.id)},
                              {"listener", s.door->settings.name},
                              {"client", client_name(s)},
                              {"user", s.who.user},
                              {"account", s.decision.account},
                              {"cluster", s.door->target->settings().name},
                              {"aggregator", s.server ? s.server->member->name() : "none"},
                              {"aggregator_id", s.server ? std::to_string(s.server->greeting.connection_id) : "none"}};
    add_tls(fields, "client", s.client_tls);
    if (s.client_tls && s.client_tls->certificate)
        fields.push_back({"client_subject", s.client_tls->certificate->subject.to_string()});
    add_tls(fields, "aggregator", s.server ? s.server->tls : std::nullopt);
    fields.push_back({"aggregator_reused", s.server && s.server->reused ? "true" : "false"});
    fields.push_back({"from_client", std::to_string(s.from_client)});
    fields.push_back({"to_client", std::to_string(s.to_client)});
    fields.push_back({"duration", fmt::format("{:.3f}s", lasted)});
    fields.push_back({"side", std::string(observe::to_string(end.why.side))});
    fields.push_back({"phase", std::string(observe::to_string(end.why.phase))});
    fields.push_back({"cause", std::string(observe::to_string(end.why.cause))});
    if (!end.detail.empty()) fields.push_back({"detail", end.detail});
    observe::log(observe::log_level::info, "session closed", fields);
}

}  // namespace portcullis::session
