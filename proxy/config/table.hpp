// A table of the file as a list of keys, each with what reads it: the one place where a key's name is written.
// Unknown and missing keys are found here; the tables themselves are read_gate.cpp and its siblings.
#pragma once

#include "proxy/config/reader.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::config {

template <class T>
struct field {
    std::string_view key;
    void (*read)(reader& in, T& out);
    bool required = false;
};

/// The names of a table's keys, for the manual's test and for suggestions. `header` as the manual writes it.
struct table_keys {
    std::string_view header;
    std::vector<std::string_view> keys;
};

template <class T, std::size_t N>
[[nodiscard]] std::vector<std::string_view> names_of(const field<T> (&fields)[N]) {
    std::vector<std::string_view> out;
    for (const auto& each : fields) out.push_back(each.key);
    return out;
}

/// Reports a key that no table of this kind has, with the nearest one, or the table it belongs to.
void report_unknown_key(const reader& table, const document_entry& entry, std::span<const std::string_view> known);
void report_missing_key(const reader& table, std::string_view key);

/// Reads every key of a table. `in.value()` must be one.
template <class T, std::size_t N>
void read_table(const reader& in, const field<T> (&fields)[N], T& out) {
    for (const auto& entry : in.value().entries) {
        const auto* found = std::find_if(std::begin(fields), std::end(fields),
                                         [&](const field<T>& each) { return each.key == entry.key; });
        if (found == std::end(fields)) {
            report_unknown_key(in, entry, names_of(fields));
            continue;
        }
        auto value = in.child(entry, in.title());
        found->read(value, out);
    }
    for (const auto& each : fields) {
        const auto& entries = in.value().entries;
        const bool there = std::any_of(entries.begin(), entries.end(),
                                       [&](const document_entry& entry) { return entry.key == each.key; });
        if (each.required && !there) report_missing_key(in, each.key);
    }
}

}  // namespace portcullis::config
