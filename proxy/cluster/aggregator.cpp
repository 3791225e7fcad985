#include "proxy/cluster/aggregator.hpp"

namespace portcullis::cluster {

aggregator::aggregator(config::aggregator settings, std::unique_ptr<kept_connections> kept)
    : settings_(std::move(settings)), name_(settings_.address.to_string()), kept_(std::move(kept)) {
    if (net::is_numeric(settings_.address)) addresses_ = net::resolve_now(settings_.address, false);
}

bool aggregator::mark_usable(learned facts) {
    blocked_.store(false, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    const bool upgraded = facts_ && facts_->server_version != facts.server_version;
    if (upgraded) {
        set_switching(auth_switch::unknown);
        set_knows_reset(resetting::unknown);
    }
    const bool news = standing_.exchange(standing::usable) != standing::usable || !facts_ || *facts_ != facts;
    facts_ = std::make_shared<const learned>(std::move(facts));
    return news;
}

bool aggregator::mark_unusable() {
    const bool news = standing_.exchange(standing::unusable) != standing::unusable;
    if (news && kept_) kept_->close_all();
    return news;
}

bool aggregator::note_blocked() {
    times_blocked_.fetch_add(1, std::memory_order_relaxed);
    return !blocked_.exchange(true, std::memory_order_relaxed);
}

std::shared_ptr<const learned> aggregator::facts() const {
    const std::lock_guard lock(mutex_);
    return facts_;
}

std::vector<net::socket_address> aggregator::addresses() {
    const std::lock_guard lock(mutex_);
    return addresses_;
}

void aggregator::resolve() {
    if (net::is_numeric(settings_.address)) return;
    auto found = net::resolve_now(settings_.address, false);
    if (found.empty()) return;  // a name server's bad minute does not take a member's last known address away
    const std::lock_guard lock(mutex_);
    addresses_ = std::move(found);
}

}  // namespace portcullis::cluster
