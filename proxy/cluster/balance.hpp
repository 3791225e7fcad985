// Which member serves the next login: least_connections, round_robin, first_available.
// Pure: numbers in, an index out.
#pragma once

#include "proxy/config/config.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace portcullis::cluster {

struct candidate {
    unsigned weight = 1;
    unsigned sessions = 0;
    bool usable = false;
    bool tried = false;  ///< by this login, without success, or not to be tried
};

/// `turn` counts the choices made so far. Members that look unusable are chosen only when no usable one is left: the
/// next health check may be seconds away. Nothing: all were tried.
[[nodiscard]] std::optional<std::size_t> choose(std::span<const candidate> members, config::balance policy,
                                                std::uint64_t turn);

}  // namespace portcullis::cluster
