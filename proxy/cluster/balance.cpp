#include "proxy/cluster/balance.hpp"

#include <vector>

namespace portcullis::cluster {
namespace {

/// (sessions + 1) / weight, compared without division: the load a member would have with this session.
bool less_loaded(const candidate& a, const candidate& b) {
    return (std::uint64_t{a.sessions} + 1) * b.weight < (std::uint64_t{b.sessions} + 1) * a.weight;
}

std::size_t by_connections(std::span<const candidate> members, const std::vector<std::size_t>& open,
                           std::uint64_t turn) {
    std::size_t best = open[turn % open.size()];  // equals take turns
    for (std::size_t i = 0; i < open.size(); ++i) {
        const std::size_t next = open[(turn + i) % open.size()];
        if (less_loaded(members[next], members[best])) best = next;
    }
    return best;
}

std::size_t by_turn(std::span<const candidate> members, const std::vector<std::size_t>& open, std::uint64_t turn) {
    std::uint64_t total = 0;
    for (const auto index : open) total += members[index].weight;
    std::uint64_t position = total == 0 ? 0 : turn % total;
    for (const auto index : open) {
        if (position < members[index].weight) return index;
        position -= members[index].weight;
    }
    return open.front();
}

}  // namespace

std::optional<std::size_t> choose(std::span<const candidate> members, config::balance policy, std::uint64_t turn) {
    std::vector<std::size_t> open;
    for (const bool usable : {true, false}) {
        for (std::size_t i = 0; i < members.size(); ++i)
            if (!members[i].tried && members[i].usable == usable) open.push_back(i);
        if (!open.empty()) break;
    }
    if (open.empty()) return std::nullopt;
    switch (policy) {
        case config::balance::least_connections:
            return by_connections(members, open, turn);
        case config::balance::round_robin:
            return by_turn(members, open, turn);
        case config::balance::first_available:
            return open.front();
    }
    return open.front();
}

}  // namespace portcullis::cluster
