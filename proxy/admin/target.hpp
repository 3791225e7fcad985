// The request target of HTTP taken apart: segments of the path, decoded, and what stands behind the '?'.
// Pure. Strict: what is not plainly a path is nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::admin {

struct target {
    std::vector<std::string> segments;         ///< "/api/v1/status" is "api", "v1", "status"; "/" has none
    std::map<std::string, std::string> query;  ///< a name that comes twice has its last value
};

/// Nothing: no origin-form (RFC 9112, 3.2.1), a '%' without two hexadecimal digits, a control byte even if encoded, an
/// empty segment, "." or "..".
[[nodiscard]] std::optional<target> parse_target(std::string_view text);

/// `text` with everything but letters, digits and "-._~" encoded: for a segment or a query's value.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace portcullis::admin
