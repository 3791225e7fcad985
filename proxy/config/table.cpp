#include "proxy/config/table.hpp"

#include "proxy/config/nearest.hpp"
#include "proxy/config/tables.hpp"

namespace portcullis::config {
namespace {

/// "; did you mean 'tls_version'?", or where the key would be right, or what there is.
std::string advice(std::string_view key, std::span<const std::string_view> known) {
    if (const auto meant = nearest(key, known)) return "; did you mean " + in_quotes(*meant) + "?";
    for (const auto& table : schema())
        if (std::find(table.keys.begin(), table.keys.end(), key) != table.keys.end())
            return "; it belongs to " + std::string(table.header);
    return "; there are " + one_of(known);
}

}  // namespace

void report_unknown_key(const reader& table, const document_entry& entry, std::span<const std::string_view> known) {
    const auto place = table.title().empty() ? "" : " in " + table.title();
    table.shared().found.push_back({diagnostic::severity::error, table.shared().source.file, entry.line,
                                    "unknown key " + in_quotes(entry.key) + place + advice(entry.key, known)});
}

void report_missing_key(const reader& table, std::string_view key) {
    table.shared().found.push_back({diagnostic::severity::error, table.shared().source.file, table.line(),
                                    table.title() + " needs the key " + in_quotes(key)});
}

}  // namespace portcullis::config
