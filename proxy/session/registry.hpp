// The sessions that are behind their OK, by the connection id the gate gave out: who each one is and which thread
// serves it. Shared by all workers; touched when a session logs in, changes its user and ends, and by KILL.
#pragma once

#include "proxy/cluster/cluster.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace portcullis::session {

struct live_session {
    std::string user;  ///< as the client named it
    std::shared_ptr<cluster::cluster> cluster;
    std::shared_ptr<cluster::aggregator> aggregator;
    std::uint32_t thread_id = 0;  ///< the aggregator's own connection id
    bool aimed_at = false;        ///< a KILL went out for it
};

class registry {
public:
    /// Keeps one session in the registry, which must outlive it.
    class entry {
    public:
        entry() = default;
        entry(entry&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), id_(other.id_) {}
        entry& operator=(entry&& other) noexcept {
            std::swap(owner_, other.owner_);
            std::swap(id_, other.id_);
            return *this;
        }
        ~entry() { remove(); }

        /// True if a KILL was aimed at the session while it was there.
        bool remove();
        [[nodiscard]] explicit operator bool() const { return owner_ != nullptr; }

    private:
        friend class registry;
        entry(registry& owner, std::uint32_t id) : owner_(&owner), id_(id) {}

        registry* owner_ = nullptr;
        std::uint32_t id_ = 0;
    };

    /// Precondition: no session with this id is there.
    [[nodiscard]] entry add(std::uint32_t id, live_session facts);
    [[nodiscard]] std::optional<live_session> find(std::uint32_t id) const;
    /// A KILL goes out for the session with this id: nobody else may have its thread after it. False: it is gone.
    [[nodiscard]] bool aim_at(std::uint32_t id);
    [[nodiscard]] bool contains(std::uint32_t id) const;
    [[nodiscard]] std::size_t size() const;

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::uint32_t, live_session> sessions_;
};

}  // namespace portcullis::session
