#include "proxy/session/banned.hpp"

#include "proxy/observe/log.hpp"
#include "proxy/session/refuse.hpp"

#include <fmt/format.h>

namespace portcullis::session {

net::awaitable<step> turn_away_if_banned(state& s) {
    if (!s.env->bans->is_banned(s.from, net::clock::now())) co_return std::nullopt;
    ending end{{observe::side::gate, observe::phase::arrival, observe::cause::banned}, "limits.ban_after"};
    co_return co_await refuse(s, refusal::host_is_blocked, std::move(end));
}

void count_authentication_failure(const state& s) {
    const auto now = net::clock::now();
    const auto banned = s.env->bans->count_failure(s.from, now);
    if (!banned) return;
    const auto lasts = std::chrono::duration_cast<std::chrono::milliseconds>(banned->until - now);
    observe::log(observe::log_level::warning, "address banned: too many failed authentications (limits.ban_after)",
                 {{"network", banned->network.to_string()},
                  {"for", fmt::format("{:.3f}s", static_cast<double>(lasts.count()) / 1000)},
                  {"last_user", s.who.user}});
}

}  // namespace portcullis::session
