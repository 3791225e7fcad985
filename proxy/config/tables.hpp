// The tables of portcullis.toml: who reads each, and which keys it has.
// Each is its own file, read_NAME.cpp; load.cpp puts them together.
#pragma once

#include "proxy/config/config.hpp"
#include "proxy/config/reader.hpp"
#include "proxy/config/table.hpp"

#include <vector>

namespace portcullis::config {

// `in` is the value of the root's key; what is wrong goes to its findings.
void read_gate(reader& in, configuration& out);
void read_listeners(reader& in, configuration& out);
void read_accounts(reader& in, configuration& out);       ///< [accounts]
void read_account_rules(reader& in, configuration& out);  ///< [[account]]
void read_clusters(reader& in, configuration& out);
void read_timeouts(reader& in, configuration& out);
void read_limits(reader& in, configuration& out);
void read_log(reader& in, configuration& out);
void read_admin(reader& in, configuration& out);
void read_audit(reader& in, configuration& out);

[[nodiscard]] table_keys gate_keys();
[[nodiscard]] table_keys listener_keys();
[[nodiscard]] table_keys accounts_keys();
[[nodiscard]] table_keys account_keys();
[[nodiscard]] table_keys cluster_keys();
[[nodiscard]] table_keys aggregator_keys();
[[nodiscard]] table_keys health_keys();
[[nodiscard]] table_keys timeouts_keys();
[[nodiscard]] table_keys limits_keys();
[[nodiscard]] table_keys log_keys();
[[nodiscard]] table_keys admin_keys();
[[nodiscard]] table_keys audit_keys();

/// All of them, in the manual's order.
[[nodiscard]] std::vector<table_keys> schema();

}  // namespace portcullis::config
