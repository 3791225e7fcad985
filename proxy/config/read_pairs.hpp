// 'ssl_cert' and 'ssl_key' of a table, each a path or an array of paths, and the pairs they make.
// Opens no file: certs/ does when the context is built.
#pragma once

#include "certs/certificate_pair.hpp"
#include "proxy/config/reader.hpp"

#include <filesystem>
#include <vector>

namespace portcullis::config {

struct written_pairs {
    std::vector<std::filesystem::path> ssl_cert;
    std::vector<std::filesystem::path> ssl_key;
    bool good = true;  ///< what was written could be read

    void read_cert(reader& in) { good &= in.paths(ssl_cert); }
    void read_key(reader& in) { good &= in.paths(ssl_key); }
    /// Neither was written. What could not be read does not count as left out.
    [[nodiscard]] bool none() const { return good && ssl_cert.empty() && ssl_key.empty(); }
    /// Reports to `table`, which they are of, what lacks its other half.
    [[nodiscard]] std::vector<certs::certificate_pair> pair_up(const reader& table) const;
};

}  // namespace portcullis::config
