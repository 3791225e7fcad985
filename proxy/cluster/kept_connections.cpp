#include "proxy/cluster/kept_connections.hpp"

#include "protocol/command.hpp"

#include <algorithm>
#include <array>

namespace portcullis::cluster {

void close_in_order(net::packet_channel& channel) {
    constexpr std::array quit{static_cast<std::uint8_t>(protocol::command::quit)};
    channel.restart(0);
    [[maybe_unused]] const bool best_effort = channel.write_now(quit);
    channel.stream().discard_received();
    channel.stream().close();
}

void kept_connections::keep(kept_key key, kept_connection connection, net::clock::time_point now) {
    if (connection.channel->stream().move_to(nobodys_.get_executor())) return;
    std::list<kept_connection> too_many;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) {
            too_many.push_back(std::move(connection));
        } else {
            const auto same = by_key_.try_emplace(std::move(key)).first;
            entries_.push_back({std::move(connection), now + idle_, same});
            same->second.push_back(std::prev(entries_.end()));
            if (entries_.size() > most_) too_many.push_back(remove(entries_.begin()));
        }
    }
    for (auto& each : too_many) close_in_order(*each.channel);
}

std::optional<kept_connection> kept_connections::take(const kept_key& key, net::clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto same = by_key_.find(key);
    if (same == by_key_.end()) return std::nullopt;
    const auto& places = same->second;
    const auto fresh = std::find_if(places.begin(), places.end(), [now](place each) { return each->until > now; });
    if (fresh == places.end()) return std::nullopt;
    const auto oldest = places.rend() - (fresh - places.begin()) - 1;
    const auto replied = std::find_if(places.rbegin(), oldest,
                                      [](place each) { return !each->connection.channel->stream().is_quiet(); });
    return remove(*replied);
}

void kept_connections::close_expired(net::clock::time_point now) {
    std::list<kept_connection> expired;
    {
        const std::lock_guard lock(mutex_);
        remove_until(now, expired);
    }
    for (auto& each : expired) close_in_order(*each.channel);
}

void kept_connections::close_all() {
    close_expired(net::clock::time_point::max());
}

void kept_connections::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    close_all();
}

std::size_t kept_connections::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

kept_connection kept_connections::remove(place where) {
    auto connection = std::move(where->connection);
    const auto same = where->same;
    std::erase(same->second, where);
    if (same->second.empty()) by_key_.erase(same);
    entries_.erase(where);
    return connection;
}

void kept_connections::remove_until(net::clock::time_point now, std::list<kept_connection>& removed) {
    while (!entries_.empty() && entries_.front().until <= now) removed.push_back(remove(entries_.begin()));
}

}  // namespace portcullis::cluster
