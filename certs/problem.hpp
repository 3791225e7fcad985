// What is wrong with TLS material, in words for the person who must mend it.
// Collecting only: whoever loads decides whether a problem stops the gate.
#pragma once

#include <string>
#include <vector>

namespace portcullis::certs {

/// One finding. `setting` is the configuration key it concerns ("ssl_key"), `text` a whole sentence that names the file
/// and the remedy. Warnings do not stop the gate.
struct problem {
    enum class severity { error, warning };
    severity level = severity::error;
    std::string setting;
    std::string text;
};

using problems = std::vector<problem>;

[[nodiscard]] inline bool has_errors(const problems& found) {
    for (const auto& each : found)
        if (each.level == problem::severity::error) return true;
    return false;
}

}  // namespace portcullis::certs
