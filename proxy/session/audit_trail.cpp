#include "proxy/session/audit_trail.hpp"

#include "protocol/statement_mask.hpp"
#include "proxy/observe/audit.hpp"
#include "proxy/session/session_line.hpp"

namespace portcullis::session {
namespace {

using observe::audit_record;

/// Whose record it is: in every one.
audit_record record_of(const state& s, std::string_view event) {
    auto record = observe::new_audit_record(event);
    record.add("id", std::uint64_t{s.id}).add("listener", s.door->settings.name).add("client", client_name(s));
    record.add("user", s.who.user).add("account", s.decision.account).add("cluster", s.door->target->settings().name);
    return record;
}

void add_connection(audit_record& record, const state& s) {
    if (s.server) record.add("aggregator", s.server->member->name());
    if (s.server) record.add("aggregator_id", std::uint64_t{s.server->greeting.connection_id});
    record.add("database", s.who.database);
    const auto& tls = s.client_tls;
    record.add("client_tls", std::string_view(tls ? tls->version : "none"));
    if (!tls) return;
    record.add("client_cipher", std::string_view(tls->cipher)).add("client_resumed", tls->resumed);
    if (tls->certificate) record.add("client_subject", tls->certificate->subject.to_string());
}

void add_ending(audit_record& record, const state& s, const ending& end) {
    record.add("side", observe::to_string(end.why.side)).add("phase", observe::to_string(end.why.phase));
    record.add("cause", observe::to_string(end.why.cause));
    if (!end.detail.empty()) record.add("detail", end.detail);
    if (s.error_code != 0) record.add("error_code", std::uint64_t{s.error_code});
}

/// It ended the session: nobody logs out afterwards but the user before.
void audit_refused_change(const state& s, const ending& end) {
    auto record = record_of(s, "change_user");
    record.add("user_before", s.user_before).add("outcome", "refused");
    add_connection(record, s);
    add_ending(record, s, end);
    observe::write_audit(record);
}

std::string_view to_string(kill_outcome value) {
    switch (value) {
        case kill_outcome::passed_on:
            return "passed_on";
        case kill_outcome::done:
            return "done";
        case kill_outcome::failed:
            return "failed";
        case kill_outcome::no_target:
            return "no_target";
    }
    return {};
}

}  // namespace

bool audit_login(const state& s, observe::phase where) {
    if (!observe::audits()) return true;
    const bool change = where == observe::phase::change_user;
    auto record = record_of(s, change ? "change_user" : "login");
    if (change) record.add("user_before", s.user_before);
    record.add("outcome", "accepted");
    add_connection(record, s);
    record.add_seconds("duration", net::clock::now() - s.began);
    return observe::write_audit(record);
}

void audit_end(const state& s, const ending& end) {
    if (!observe::audits()) return;
    if (s.logged_in && end.why.phase == observe::phase::change_user) audit_refused_change(s, end);
    auto record = record_of(s, s.logged_in ? "logout" : "refusal");
    record.add("outcome", s.logged_in ? "ended" : "refused");
    add_connection(record, s);
    add_ending(record, s, end);
    record.add("from_client", s.from_client).add("to_client", s.to_client);
    record.add_seconds("duration", net::clock::now() - s.began);
    observe::write_audit(record);
}

void audit_kill(const state& s, const protocol::kill_statement& kill, const live_session* target,
                kill_outcome outcome) {
    if (!observe::audits()) return;
    auto record = record_of(s, "kill");
    record.add("what", kill.query ? "query" : "connection").add("target", kill.id);
    if (target != nullptr) {
        record.add("aggregator", target->aggregator->name());
        record.add("aggregator_id", std::uint64_t{target->thread_id});
    }
    record.add("outcome", to_string(outcome));
    observe::write_audit(record);
}

void audit_statement(const state& s, const protocol::statement& statement) {
    auto record = record_of(s, "statement");
    if (s.server) record.add("aggregator", s.server->member->name());
    record.add("command", statement.prepared ? "COM_STMT_PREPARE" : "COM_QUERY");
    record.add("statement", protocol::without_secrets(statement.text, statement.cut)).add("cut", statement.cut);
    observe::write_audit(record);
}

}  // namespace portcullis::session
