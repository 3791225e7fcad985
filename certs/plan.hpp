// What `certs make` is going to make, decided before anything is made: from the settings and from what the folder
// holds. Looks only whether files exist; never opens one.
#pragma once

#include "certs/alternative_name.hpp"
#include "certs/authority.hpp"
#include "certs/pairs.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::certs {

struct planned_pair {
    std::string base;  ///< "server", "client-app": of the file names
    role use = role::client;
    std::string common_name;
    std::vector<alternative_name> names;
};

struct make_plan {
    bool new_authority = false;  ///< otherwise the folder's signs
    std::vector<planned_pair> pairs;
    std::vector<std::filesystem::path> kept;  ///< certificates that stay
};

/// Reports everything that speaks against it; without value if something did.
[[nodiscard]] std::optional<make_plan> plan_pairs(const make_settings& settings, problems& found);

[[nodiscard]] std::string cert_file_of(const std::string& base);  ///< "server-cert.pem"
[[nodiscard]] std::string key_file_of(const std::string& base);   ///< "server-key.pem"
[[nodiscard]] std::string authority_common_name(const make_settings& settings);

}  // namespace portcullis::certs
