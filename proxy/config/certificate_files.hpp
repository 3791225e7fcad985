// Every file a configuration takes certificates, keys and revocation lists from.
#pragma once

#include "proxy/config/config.hpp"

#include <filesystem>
#include <vector>

namespace portcullis::config {

/// Sorted, each once. Not among them: the system's certificates and password files.
[[nodiscard]] std::vector<std::filesystem::path> certificate_files(const configuration& settings);

}  // namespace portcullis::config
