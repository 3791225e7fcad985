#include "proxy/session/registry.hpp"

namespace portcullis::session {

registry::entry registry::add(std::uint32_t id, live_session facts) {
    const std::lock_guard lock(mutex_);
    sessions_.insert_or_assign(id, std::move(facts));
    return {*this, id};
}

std::optional<live_session> registry::find(std::uint32_t id) const {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? std::nullopt : std::optional(found->second);
}

bool registry::contains(std::uint32_t id) const {
    const std::lock_guard lock(mutex_);
    return sessions_.contains(id);
}

std::size_t registry::size() const {
    const std::lock_guard lock(mutex_);
    return sessions_.size();
}

bool registry::aim_at(std::uint32_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return false;
    found->second.aimed_at = true;
    return true;
}

bool registry::entry::remove() {
    if (owner_ == nullptr) return false;
    live_session last;  // what it held is let go of without the lock
    const std::lock_guard lock(owner_->mutex_);
    const auto found = owner_->sessions_.find(id_);
    if (found != owner_->sessions_.end()) {
        last = std::move(found->second);
        owner_->sessions_.erase(found);
    }
    owner_ = nullptr;
    return last.aimed_at;
}

}  // namespace portcullis::session
