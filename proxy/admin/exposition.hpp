// The gate's counters in Prometheus' text format, by prometheus-cpp. Names after Prometheus' conventions: prefix
// portcullis_, base units, _total for what only grows.
#pragma once

#include "proxy/admin/operations.hpp"
#include "proxy/admin/process.hpp"

#include <string>

namespace portcullis::admin {

/// The media type of what expose() returns.
inline constexpr std::string_view exposition_type = "text/plain; version=0.0.4; charset=utf-8";

[[nodiscard]] std::string expose(const gate_metrics& gate, const process_facts& process);

}  // namespace portcullis::admin
