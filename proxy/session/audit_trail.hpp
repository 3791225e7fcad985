// What a session leaves in the audit log. CONFIGURATION.md has the schema.
// Writing is proxy/observe/audit's.
#pragma once

#include "protocol/kill_statement.hpp"
#include "protocol/statement_watch.hpp"
#include "proxy/session/state.hpp"

namespace portcullis::session {

/// "login", or "change_user" in that phase: the aggregator has accepted, the client does not know yet. False: it must
/// be refused, as it could not be recorded.
[[nodiscard]] bool audit_login(const state& s, observe::phase where);

/// "refusal" for who never logged in; else "logout", behind "change_user" where one was refused.
void audit_end(const state& s, const ending& end);

enum class kill_outcome {
    passed_on,  ///< to the aggregator, which decides
    done,
    failed,
    no_target,  ///< no session that this user may reach
};

/// "kill": a KILL with an id that the gate gave out. `target`: may be null.
void audit_kill(const state& s, const protocol::kill_statement& kill, const live_session* target, kill_outcome outcome);

/// "statement", passwords left out.
void audit_statement(const state& s, const protocol::statement& statement);

}  // namespace portcullis::session
