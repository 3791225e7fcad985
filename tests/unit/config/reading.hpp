// Configurations as texts, and what the loader says of them.
#pragma once

#include "proxy/config/load.hpp"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::config {

inline const std::filesystem::path test_file = "/etc/portcullis/portcullis.toml";

/// The smallest pieces that are in order. Put behind what is tested, so that its lines count from 1.
inline const std::string tls_listener =
    "[[listener]]\nname = \"tls\"\naddress = \"0.0.0.0:3306\"\nssl_cert = \"c.pem\"\nssl_key = \"k.pem\"\n";
inline const std::string one_cluster = "[cluster.default]\n[[cluster.default.aggregator]]\naddress = \"db1:3306\"\n";
inline const std::string in_order = tls_listener + one_cluster;

/// "3: sentence" for each finding; warnings are "3: warning: sentence".
[[nodiscard]] inline std::vector<std::string> findings(std::string_view text) {
    std::vector<std::string> out;
    for (const auto& each : load_text(text, "f").diagnostics) {
        const auto line = each.line == 0 ? "f: " : "f:";
        out.push_back(each.to_string().substr(std::string_view(line).size()));
    }
    return out;
}

[[nodiscard]] inline configuration loaded(std::string_view text) {
    auto result = load_text(text, test_file);
    for (const auto& each : result.diagnostics) EXPECT_NE(each.level, diagnostic::severity::error) << each.to_string();
    return std::move(result.value);
}

}  // namespace portcullis::config
