// One finding about the configuration: where, how bad, and a sentence that names the remedy.
// Printing and stopping are the caller's.
#pragma once

#include <string>
#include <vector>

namespace portcullis::config {

/// "portcullis.toml:12: unknown key 'tls_versions' in [[listener]]; did you mean 'tls_version'?"
struct diagnostic {
    enum class severity { error, warning };
    severity level = severity::error;
    std::string file;
    unsigned line = 0;  ///< 0: concerns the file as a whole
    std::string text;

    /// "FILE:LINE: TEXT"; a warning reads "FILE:LINE: warning: TEXT".
    [[nodiscard]] std::string to_string() const;
};

using diagnostics = std::vector<diagnostic>;

[[nodiscard]] bool has_errors(const diagnostics& found);

/// By line, those of the file as a whole last; findings of one line stay in the order they were made.
void sort_by_line(diagnostics& found);

}  // namespace portcullis::config
