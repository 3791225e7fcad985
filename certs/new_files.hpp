// Several new files in one folder: all of them, or none and a sentence why.
// What is in them and whether they may replace others is the caller's affair.
#pragma once

#include "certs/problem.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace portcullis::certs {

struct new_file {
    std::filesystem::path path;
    std::string text;
    bool secret = false;  ///< mode 0600 from its first byte on; otherwise 0644 less the umask
};

/// Creates `directory` if it is missing, writes every file under a temporary name, and only when all of them are safely
/// on disk gives them their names. Without `replace` a name that exists meanwhile is never overwritten: what was
/// written before it is taken back. Reports under `setting`; false if there was an error.
[[nodiscard]] bool write_all(const std::filesystem::path& directory, const std::vector<new_file>& files, bool replace,
                             const std::string& setting, problems& found);

}  // namespace portcullis::certs
