// Where each key of the configuration was written, so that what is found later can still name the line.
// Holds no values.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace portcullis::config {

/// Keys are spelled as paths: "listener[0].ssl_key", "cluster.default.health.user", "account[2]".
struct source {
    std::string file;  ///< as the user named it
    std::map<std::string, unsigned, std::less<>> lines;

    /// The line of `path`; where it was left out, that of the table it would stand in; 0 if there is none either.
    [[nodiscard]] unsigned line_of(std::string_view path) const;
};

}  // namespace portcullis::config
