// How many connections there may be: in all, not yet authenticated, per address, per account.
// Shared by all workers; a permit is given back by its destructor. Only what is counted by a key takes a lock.
#pragma once

#include "proxy/config/config.hpp"
#include "proxy/gate/accounts.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace portcullis::gate {

class limits;

/// One counted thing; movable, gives back on destruction.
class permit {
public:
    permit() = default;
    permit(permit&& other) noexcept;
    permit& operator=(permit&& other) noexcept;
    permit(const permit&) = delete;
    permit& operator=(const permit&) = delete;
    ~permit() { release(); }

    void release() noexcept;
    [[nodiscard]] explicit operator bool() const { return owner_ != nullptr; }

private:
    friend class limits;
    enum class kind { connection, unauthenticated, user };
    permit(std::shared_ptr<limits> owner, kind what, std::string key) noexcept
        : owner_(std::move(owner)), what_(what), key_(std::move(key)) {}

    std::shared_ptr<limits> owner_;
    kind what_ = kind::connection;
    std::string key_;  ///< address or account; empty where it is not counted by key
};

/// Which limit was reached.
enum class limit_reached { max_connections, max_unauthenticated, max_connections_per_address, max_user_connections };

class limits : public std::enable_shared_from_this<limits> {
public:
    [[nodiscard]] static std::shared_ptr<limits> create(const config::limits& settings);
    /// From now on others. Who is in stays in; addresses are counted from when there is a limit for them.
    void update(const config::limits& settings);

    // Each take_ fills `out` only on success, and gives back what `out` held before.

    /// Counts a new connection in all and per address (unix sockets count in all only).
    [[nodiscard]] std::optional<limit_reached> take_connection(const client_origin& from, permit& out);
    /// Counts a connection that has not logged in.
    [[nodiscard]] std::optional<limit_reached> take_unauthenticated(permit& out);
    /// Counts a session of an account; `maximum` 0 counts nothing. `account` is decision::account + the user's name
    /// where the rule is anonymous: MySQL counts per account row. An `out` that counts this account already stays as it
    /// is: a change to the user that one is takes no second place, as with MariaDB.
    [[nodiscard]] std::optional<limit_reached> take_user(const std::string& account, unsigned maximum, permit& out);

    [[nodiscard]] unsigned connections() const { return connections_.load(std::memory_order_relaxed); }
    [[nodiscard]] unsigned unauthenticated() const { return unauthenticated_.load(std::memory_order_relaxed); }

private:
    friend class permit;
    explicit limits(const config::limits& settings) { update(settings); }
    void give_back(const permit& what) noexcept;
    /// One more of `key` unless there are `maximum`.
    [[nodiscard]] bool count(std::unordered_map<std::string, unsigned>& table, const std::string& key,
                             unsigned maximum);
    void uncount(std::unordered_map<std::string, unsigned>& table, const std::string& key) noexcept;

    std::atomic<unsigned> max_connections_{0};
    std::atomic<unsigned> max_unauthenticated_{0};
    std::atomic<unsigned> max_connections_per_address_{0};
    std::atomic<unsigned> connections_{0};
    std::atomic<unsigned> unauthenticated_{0};
    std::mutex mutex_;  ///< of the two maps
    std::unordered_map<std::string, unsigned> per_address_;
    std::unordered_map<std::string, unsigned> per_user_;
};

}  // namespace portcullis::gate
