// portcullis.toml -> configuration: every problem of the file in one run, each with its line.
// The only room that knows TOML.
#pragma once

#include "proxy/config/config.hpp"
#include "proxy/config/diagnostic.hpp"

#include <filesystem>
#include <string_view>

namespace portcullis::config {

struct load_result {
    configuration value;              ///< usable only if ok()
    config::diagnostics diagnostics;  ///< in line order

    [[nodiscard]] bool ok() const;
};

/// Reads and validates. Relative paths in the result are made absolute against the file's folder. Certificates are not
/// opened here (proxy/config/contexts does); a cluster's password_file is, as it is part of the configuration.
[[nodiscard]] load_result load_file(const std::filesystem::path& file);
[[nodiscard]] load_result load_text(std::string_view text, const std::filesystem::path& file);

}  // namespace portcullis::config
