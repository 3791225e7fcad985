// What a configuration amounts to, in words: effective versions and suites, certificates, what is in the clear.
// What `portcullis check` prints; finds no problems itself.
#pragma once

#include "proxy/config/config.hpp"
#include "proxy/config/contexts.hpp"

#include <iosfwd>

namespace portcullis::config {

/// MySQL's, "VERIFY_CA".
[[nodiscard]] std::string_view words_of(ssl_mode mode);

/// Opens the certificate files again to describe them. `built` must not be in use yet: finding out what is effective
/// takes handshakes in memory. A listener or cluster whose context could not be built is told as such.
void write_report(std::ostream& out, const configuration& settings, const contexts& built);

}  // namespace portcullis::config
