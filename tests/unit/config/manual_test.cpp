// CONFIGURATION.md and portcullis.toml speak of exactly the keys that the loader knows.
#include "proxy/config/tables.hpp"
#include "unit/config/reading.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace portcullis::config {
namespace {

using keys_by_table = std::map<std::string, std::set<std::string>>;

std::vector<std::string> lines_of(const std::string& name) {
    std::ifstream in(std::filesystem::path(PORTCULLIS_SOURCE_DIR) / name);
    EXPECT_TRUE(in) << name;
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
}

keys_by_table known() {
    keys_by_table out;
    for (const auto& table : schema()) out[std::string(table.header)].insert(table.keys.begin(), table.keys.end());
    return out;
}

TEST(manual, explains_exactly_the_keys_that_there_are) {
    const std::regex key("### `(.*)`");
    keys_by_table explained;
    std::string table;
    for (const auto& line : lines_of("CONFIGURATION.md")) {
        std::smatch match;
        if (line.starts_with("## [")) table = line.substr(3);
        if (std::regex_match(line, match, key)) {
            EXPECT_TRUE(explained[table].insert(match[1]).second) << line;
        }
    }
    EXPECT_EQ(explained, known());
}

TEST(manual, has_one_form_for_every_key) {
    std::map<std::string, std::string> sections;  // by table and key
    std::string table;
    std::string* section = nullptr;
    for (const auto& line : lines_of("CONFIGURATION.md")) {
        if (line.starts_with("## ")) {
            table = line;
            section = nullptr;
        } else if (line.starts_with("### ")) {
            section = &sections[table + line];
        } else if (section != nullptr) {
            *section += line + "\n";
        }
    }
    for (const auto& [name, text] : sections) {
        const auto meaning = text.substr(0, text.find("\n- Takes: "));
        EXPECT_GT(meaning.size(), 10U) << name;
        EXPECT_LT(meaning.size(), text.size()) << name;
        EXPECT_THAT(text, testing::ContainsRegex("\\. Default: [`n0-9i]")) << name;
        EXPECT_THAT(text, testing::ContainsRegex("\n- Reloadable: (yes|restart)\n")) << name;
    }
}

/// portcullis.toml with each key and table that is commented out switched on.
std::string switched_on(const std::vector<std::string>& lines) {
    const std::regex commented("#(\\[|[a-z_0-9]+ = ).*");
    std::string out;
    for (const auto& line : lines) out += (std::regex_match(line, commented) ? line.substr(1) : line) + "\n";
    return out;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const auto& line : lines) out += line + "\n";
    return out;
}

TEST(shipped_configuration, shows_exactly_the_keys_that_there_are) {
    const std::regex header("(\\[.*\\])\\s*(#.*)?");
    const std::regex key("([a-z_0-9]+) = .*");
    keys_by_table shown;
    std::string table;
    std::istringstream text(switched_on(lines_of("portcullis.toml")));
    for (std::string line; std::getline(text, line);) {
        std::smatch match;
        if (std::regex_match(line, match, header))
            table = std::regex_replace(match[1].str(), std::regex("default"), "NAME");
        if (std::regex_match(line, match, key)) shown[table].insert(match[1]);
    }
    auto expected = known();
    expected["[cluster.NAME]"].erase("aggregator");  // tables of their own
    expected["[cluster.NAME]"].erase("health");
    EXPECT_EQ(shown, expected);
}

TEST(shipped_configuration, is_in_order) {
    EXPECT_THAT(findings(joined(lines_of("portcullis.toml"))), testing::IsEmpty());
}

TEST(shipped_configuration, shows_the_defaults_behind_the_comments) {
    const auto lines = lines_of("portcullis.toml");
    EXPECT_THAT(findings(switched_on(lines)), testing::IsEmpty());
    const auto shipped = loaded(joined(lines));
    const auto written_out = loaded(switched_on(lines));
    EXPECT_EQ(shipped.gate.instance_id, written_out.gate.instance_id);
    EXPECT_EQ(shipped.gate.workers, written_out.gate.workers);
    EXPECT_EQ(shipped.gate.server_version, written_out.gate.server_version);
    EXPECT_EQ(shipped.timeouts.login, written_out.timeouts.login);
    EXPECT_EQ(shipped.timeouts.connect, written_out.timeouts.connect);
    EXPECT_EQ(shipped.timeouts.idle, written_out.timeouts.idle);
    EXPECT_EQ(shipped.timeouts.drain, written_out.timeouts.drain);
    EXPECT_EQ(shipped.limits.max_connections, written_out.limits.max_connections);
    EXPECT_EQ(shipped.limits.max_unauthenticated, written_out.limits.max_unauthenticated);
    EXPECT_EQ(shipped.limits.max_connections_per_address, written_out.limits.max_connections_per_address);
    EXPECT_EQ(shipped.limits.ban_after, written_out.limits.ban_after);
    EXPECT_EQ(shipped.limits.ban_window, written_out.limits.ban_window);
    EXPECT_EQ(shipped.limits.ban_time, written_out.limits.ban_time);
    EXPECT_EQ(shipped.log.level, written_out.log.level);
    EXPECT_EQ(shipped.log.format, written_out.log.format);
    EXPECT_EQ(shipped.log.file, written_out.log.file);
    EXPECT_EQ(shipped.audit.level, written_out.audit.level);
    EXPECT_EQ(shipped.audit.destination, written_out.audit.destination);
    EXPECT_EQ(shipped.audit.file, written_out.audit.file);
    EXPECT_EQ(shipped.audit.max_file_size, written_out.audit.max_file_size);
    EXPECT_EQ(shipped.audit.max_files, written_out.audit.max_files);
    EXPECT_EQ(shipped.audit.syslog, written_out.audit.syslog);
    EXPECT_EQ(shipped.audit.facility, written_out.audit.facility);
    EXPECT_EQ(shipped.audit.accounts, written_out.audit.accounts);
    EXPECT_EQ(shipped.audit.statement_size, written_out.audit.statement_size);
    EXPECT_EQ(shipped.audit.on_failure, written_out.audit.on_failure);
    EXPECT_EQ(shipped.accounts.default_require, written_out.accounts.default_require);
    const auto& a = shipped.listeners.at(0);
    const auto& b = written_out.listeners.at(0);
    EXPECT_EQ(a.cluster, b.cluster);
    EXPECT_EQ(a.tls.ca, b.tls.ca);
    EXPECT_EQ(a.tls.versions, b.tls.versions);
    EXPECT_EQ(a.require_secure_transport, b.require_secure_transport);
    const auto& c = shipped.clusters.at(0);
    const auto& d = written_out.clusters.at(0);
    EXPECT_EQ(c.balance, d.balance);
    EXPECT_EQ(c.ssl_mode, d.ssl_mode);
    EXPECT_EQ(c.tls.versions, d.tls.versions);
    EXPECT_EQ(c.tls.legacy_server_connect, d.tls.legacy_server_connect);
    EXPECT_EQ(c.proxy_protocol, d.proxy_protocol);
    EXPECT_EQ(c.local_infile, d.local_infile);
    EXPECT_EQ(c.connect_attributes, d.connect_attributes);
    EXPECT_EQ(c.reuse, d.reuse);
    EXPECT_EQ(c.reuse_idle, d.reuse_idle);
    EXPECT_EQ(c.reuse_max, d.reuse_max);
    EXPECT_EQ(c.health.interval, d.health.interval);
    EXPECT_EQ(c.aggregators.at(0).weight, d.aggregators.at(0).weight);
}

}  // namespace
}  // namespace portcullis::config
