// A TOML text as a tree of plain values that know their lines, in the file's order.
// Knows TOML and no key of ours; the only file of the room's own that sees the TOML library is document.cpp.
#pragma once

#include "proxy/config/diagnostic.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::config {

struct document_entry;

struct document_value {
    enum class kind { text, integer, boolean, array, table, other };
    kind type = kind::other;
    unsigned line = 0;
    std::string type_name;  ///< for sentences: "a string", "a date"
    std::string text;
    std::int64_t integer = 0;
    bool boolean = false;
    std::vector<document_value> items;    ///< array
    std::vector<document_entry> entries;  ///< table
};

struct document_entry {
    std::string key;
    unsigned line = 0;  ///< of the key; a table's is its header's
    document_value value;
};

/// The root table; none and one finding in `found` if the text is not TOML. The library stops at the first such error.
[[nodiscard]] std::optional<document_value> read_document(std::string_view text, const std::string& file,
                                                          diagnostics& found);

}  // namespace portcullis::config
