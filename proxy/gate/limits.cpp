#include "proxy/gate/limits.hpp"

#include <utility>

namespace portcullis::gate {
namespace {

/// One more unless there are `maximum`; never above it, so that a refused one cannot make another be refused.
bool count(std::atomic<unsigned>& counter, unsigned maximum) {
    auto seen = counter.load(std::memory_order_relaxed);
    do {
        if (seen >= maximum) return false;
    } while (!counter.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed));
    return true;
}

std::string key_of(const config::ip_address& address) {
    const auto& bytes = address.bytes();
    return {bytes.begin(), bytes.end()};
}

}  // namespace

permit::permit(permit&& other) noexcept
    : owner_(std::move(other.owner_)), what_(other.what_), key_(std::move(other.key_)) {}

permit& permit::operator=(permit&& other) noexcept {
    if (this == &other) return *this;
    release();
    owner_ = std::move(other.owner_);
    what_ = other.what_;
    key_ = std::move(other.key_);
    return *this;
}

void permit::release() noexcept {
    if (const auto owner = std::exchange(owner_, nullptr)) owner->give_back(*this);
}

std::shared_ptr<limits> limits::create(const config::limits& settings) {
    return std::shared_ptr<limits>(new limits(settings));
}

void limits::update(const config::limits& settings) {
    max_connections_.store(settings.max_connections, std::memory_order_relaxed);
    max_unauthenticated_.store(settings.max_unauthenticated, std::memory_order_relaxed);
    max_connections_per_address_.store(settings.max_connections_per_address, std::memory_order_relaxed);
}

std::optional<limit_reached> limits::take_connection(const client_origin& from, permit& out) {
    const auto per_address = max_connections_per_address_.load(std::memory_order_relaxed);
    auto key = per_address != 0 && from.address ? key_of(*from.address) : std::string();
    if (!gate::count(connections_, max_connections_.load(std::memory_order_relaxed)))
        return limit_reached::max_connections;
    permit taken(shared_from_this(), permit::kind::connection, std::string());
    if (!key.empty()) {
        if (!count(per_address_, key, per_address)) return limit_reached::max_connections_per_address;
        taken.key_ = std::move(key);
    }
    out = std::move(taken);
    return std::nullopt;
}

std::optional<limit_reached> limits::take_unauthenticated(permit& out) {
    if (!gate::count(unauthenticated_, max_unauthenticated_.load(std::memory_order_relaxed)))
        return limit_reached::max_unauthenticated;
    out = permit(shared_from_this(), permit::kind::unauthenticated, std::string());
    return std::nullopt;
}

std::optional<limit_reached> limits::take_user(const std::string& account, unsigned maximum, permit& out) {
    if (maximum == 0) {
        out.release();
        return std::nullopt;
    }
    if (out.owner_.get() == this && out.what_ == permit::kind::user && out.key_ == account) return std::nullopt;
    auto key = account;
    if (!count(per_user_, key, maximum)) return limit_reached::max_user_connections;
    out = permit(shared_from_this(), permit::kind::user, std::move(key));
    return std::nullopt;
}

void limits::give_back(const permit& what) noexcept {
    switch (what.what_) {
        case permit::kind::connection:
            if (!what.key_.empty()) uncount(per_address_, what.key_);
            connections_.fetch_sub(1, std::memory_order_relaxed);
            break;
        case permit::kind::unauthenticated:
            unauthenticated_.fetch_sub(1, std::memory_order_relaxed);
            break;
        case permit::kind::user:
            uncount(per_user_, what.key_);
            break;
    }
}

bool limits::count(std::unordered_map<std::string, unsigned>& table, const std::string& key, unsigned maximum) {
    const std::lock_guard lock(mutex_);
    auto& counted = table[key];
    if (counted >= maximum) return false;
    ++counted;
    return true;
}

void limits::uncount(std::unordered_map<std::string, unsigned>& table, const std::string& key) noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = table.find(key);
    // The table must not grow with every address that ever came.
    if (found != table.end() && --found->second == 0) table.erase(found);
}

}  // namespace portcullis::gate
