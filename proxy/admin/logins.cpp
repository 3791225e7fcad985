#include "proxy/admin/logins.hpp"

#include <algorithm>
#include <array>

namespace portcullis::admin {
namespace {

using observe::cause;

/// Whether somebody said no, rather than that somebody went away or something broke.
bool is_refusal(cause why) {
    constexpr std::array said_no{cause::address_not_allowed,       cause::banned,      cause::too_many_connections,
                                 cause::too_many_user_connections, cause::refused,     cause::plugin_needs_tls,
                                 cause::authentication_failed,     cause::server_error};
    return std::find(said_no.begin(), said_no.end(), why) != said_no.end();
}

}  // namespace

std::vector<login_count> logins_by_reason(const gate_metrics& gate) {
    std::vector<login_count> out{{"accepted", "ok", gate.login_time.total()}};
    std::array<std::uint64_t, observe::cause_count> by_cause{};
    for (const auto& [why, count] : gate.closed)
        if (why.phase < observe::phase::command) by_cause.at(static_cast<std::size_t>(why.cause)) += count;
    for (std::size_t i = 0; i < by_cause.size(); ++i) {
        if (by_cause.at(i) == 0) continue;
        const auto why = static_cast<cause>(i);
        out.push_back({is_refusal(why) ? "refused" : "failed", std::string(to_string(why)), by_cause.at(i)});
    }
    return out;
}

}  // namespace portcullis::admin
