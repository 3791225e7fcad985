// Reports what is wrong with values that were read, at the line where the key was written.
// For contradictions between keys; a single value's slips are the reader's.
#pragma once

#include "proxy/config/diagnostic.hpp"
#include "proxy/config/source.hpp"

#include <string>

namespace portcullis::config {

struct finder {
    const config::source& source;
    diagnostics& found;

    /// `path` as in config::source; the sentence names its subject itself.
    void error(const std::string& path, const std::string& sentence) const {
        found.push_back({diagnostic::severity::error, source.file, source.line_of(path), sentence});
    }
    void warning(const std::string& path, const std::string& sentence) const {
        found.push_back({diagnostic::severity::warning, source.file, source.line_of(path), sentence});
    }
};

}  // namespace portcullis::config
