#include "proxy/cluster/aggregator.hpp"

namespace portcullis::cluster {

aggregator::aggregator(config::aggregator settings, std::unique_ptr<kept_connections> kept,
                       std::shared_ptr<member_state> known)
    : settings_(std::move(settings)),
      name_(settings_.address.to_string()),
      known_(known ? std::move(known) : std::make_shared<member_state>()),
      kept_(std::move(kept)) {
    const std::lock_guard lock(known_->mutex);
    if (net::is_numeric(settings_.address)) known_->addresses = net::resolve_now(settings_.address, false);
}

bool aggregator::mark_usable(learned facts) {
    known_->blocked.store(false, std::memory_order_relaxed);
    const std::lock_guard lock(known_->mutex);
    const bool upgraded = known_->facts && known_->facts->server_version != facts.server_version;
    if (upgraded) {
        set_switching(auth_switch::unknown);
        set_knows_reset(resetting::unknown);
    }
    const bool news = known_->standing.exchange(reachability::usable) != reachability::usable || !known_->facts ||
                      *known_->facts != facts;
    known_->facts = std::make_shared<const learned>(std::move(facts));
    return news;
}

bool aggregator::mark_unusable() {
    const bool news = known_->standing.exchange(reachability::unusable) != reachability::unusable;
    if (news && kept_) kept_->close_all();
    return news;
}

bool aggregator::set_drained(bool value) {
    const bool news = known_->drained.exchange(value) != value;
    if (value && kept_) kept_->close_all();
    return news;
}

bool aggregator::note_blocked() {
    known_->times_blocked.fetch_add(1, std::memory_order_relaxed);
    return !known_->blocked.exchange(true, std::memory_order_relaxed);
}

std::shared_ptr<const learned> aggregator::facts() const {
    const std::lock_guard lock(known_->mutex);
    return known_->facts;
}

std::vector<net::socket_address> aggregator::addresses() {
    const std::lock_guard lock(known_->mutex);
    return known_->addresses;
}

void aggregator::resolve() {
    if (net::is_numeric(settings_.address)) return;
    auto found = net::resolve_now(settings_.address, false);
    if (found.empty()) return;  // a name server's bad minute does not take a member's last known address away
    const std::lock_guard lock(known_->mutex);
    known_->addresses = std::move(found);
}

std::optional<net::clock::time_point> aggregator::looked_at() const {
    const std::lock_guard lock(known_->mutex);
    return known_->looked_at;
}

void aggregator::note_look(net::clock::time_point now) {
    const std::lock_guard lock(known_->mutex);
    known_->looked_at = now;
}

}  // namespace portcullis::cluster
