// Facts as JSON: the bodies of the API. The names are those of the configuration and the log where they have one.
#pragma once

#include "proxy/admin/operations.hpp"

#include <boost/json/value.hpp>

namespace portcullis::admin {

[[nodiscard]] boost::json::value to_json(const gate_status& from);
[[nodiscard]] boost::json::value to_json(const gate_metrics& from);
[[nodiscard]] boost::json::value to_json(const std::vector<session_facts>& from);
[[nodiscard]] boost::json::value to_json(const std::vector<aggregator_facts>& from);
[[nodiscard]] boost::json::value to_json(const accounts_facts& from);
[[nodiscard]] boost::json::value to_json(const std::vector<ban_facts>& from);
/// `now`: for days_left.
[[nodiscard]] boost::json::value to_json(const std::vector<certificate_facts>& from, unix_time now);

/// "2026-01-31T12:00:00Z"
[[nodiscard]] std::string iso8601(unix_time time);
/// Whole days, rounded down; negative once past.
[[nodiscard]] std::int64_t days_until(unix_time then, unix_time now);

}  // namespace portcullis::admin
