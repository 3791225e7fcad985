// Contradictions within a configuration whose values are each in order.
// One file per subject: check_listeners.cpp, check_clusters.cpp, check_accounts.cpp, check_admin.cpp,
// check_audit.cpp, check_destinations.cpp, check_ciphers.cpp; in_the_clear.cpp for what is said loudly.
#pragma once

#include "proxy/config/config.hpp"
#include "proxy/config/contexts.hpp"
#include "proxy/config/finder.hpp"

namespace portcullis::config {

void check_listeners(const configuration& settings, const finder& report);
void check_clusters(const configuration& settings, const finder& report);
void check_accounts(const configuration& settings, const finder& report);
void check_timeouts(const configuration& settings, const finder& report);
void check_admin(const configuration& settings, const finder& report);
void check_audit(const configuration& settings, const finder& report);
/// Where [log] and [audit] write to. For who asks beforehand: who starts the gate finds out by opening it.
void check_destinations(const configuration& settings, const finder& report);
/// Ciphers of accounts that no listener really offers; needs the listeners' contexts.
void check_ciphers(const configuration& settings, const contexts& built, const finder& report);

/// Whether some client may log in over a leg on which a password could be read.
[[nodiscard]] bool admits_plaintext(const configuration& settings);

/// Everything that this configuration lets travel unencrypted, or encrypted to nobody in particular: one warning each.
[[nodiscard]] diagnostics in_the_clear(const configuration& settings);

}  // namespace portcullis::config
