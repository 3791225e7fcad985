// portcullis.toml -> configuration: every problem of the file in one run, each with its line.
// The only room that knows TOML.
#pragma once

#include "proxy/config/config.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace portcullis::config {

/// One finding. "portcullis.toml:12: unknown key 'tls_versions' in [[listener]]; did you mean 'tls_version'?"
struct diagnostic {
    enum class severity { error, warning };
    severity level = severity::error;
    std::string file;
    unsigned line = 0;  ///< 0: concerns the file as a whole
    std::string text;

    [[nodiscard]] std::string to_string() const;
};

struct load_result {
    configuration value;  ///< usable only if ok()
    std::vector<diagnostic> diagnostics;

    [[nodiscard]] bool ok() const;
};

/// Reads and validates. Relative paths in the result are made absolute against the file's folder. Certificates are not
/// opened here (see certs/); a cluster's password_file is, as it is part of the configuration.
[[nodiscard]] load_result load_file(const std::filesystem::path& file);
[[nodiscard]] load_result load_text(std::string_view text, const std::filesystem::path& file);

}  // namespace portcullis::config
