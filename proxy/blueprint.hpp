// A configuration file, read, checked and with its TLS contexts built: everything a gate is made from.
#pragma once

#include "proxy/config/contexts.hpp"
#include "proxy/config/load.hpp"
#include "proxy/net/file_watch.hpp"

#include <filesystem>
#include <vector>

namespace portcullis::proxy {

struct blueprint {
    config::configuration settings;
    config::contexts contexts;
    config::diagnostics diagnostics;       ///< in line order
    bool file_in_order = true;             ///< else it is the file itself that has errors, and not only what it names
    std::vector<net::watched_file> files;  ///< the certificates and keys, as they were just before they were read

    [[nodiscard]] bool usable() const;
};

/// Reads the file and every file it names.
[[nodiscard]] blueprint read_blueprint(const std::filesystem::path& file);

/// The same settings, with the certificates, keys and CRLs that are on disk now.
[[nodiscard]] blueprint with_new_certificates(const config::configuration& settings);

}  // namespace portcullis::proxy
