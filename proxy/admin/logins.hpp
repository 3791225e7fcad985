// How logins ended, by outcome and reason: what /metrics and the API say alike.
#pragma once

#include "proxy/admin/operations.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::admin {

struct login_count {
    std::string_view outcome;  ///< "accepted", "refused": somebody said no, "failed": all else
    std::string reason;        ///< "ok", or the cause for which it ended
    std::uint64_t count = 0;
};

/// Since the start. The accepted come first and are always there, the others where there were any.
[[nodiscard]] std::vector<login_count> logins_by_reason(const gate_metrics& gate);

}  // namespace portcullis::admin
