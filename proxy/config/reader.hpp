// One value of the document on its way into the configuration: the primitive types, each refusing what it cannot take
// with a sentence that names key and line. Knows no key; the tables do (read_gate.cpp and its siblings).
#pragma once

#include "proxy/config/diagnostic.hpp"
#include "proxy/config/document.hpp"
#include "proxy/config/source.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::config {

/// `text` in quotes, with what a terminal would act upon made visible.
[[nodiscard]] std::string in_quotes(std::string_view text);
/// "'a', 'b' or 'c'"
[[nodiscard]] std::string one_of(std::span<const std::string_view> words);

/// What all readers of one file share.
struct reading {
    std::filesystem::path folder;  ///< relative paths start here
    config::source& source;
    diagnostics& found;
};

class reader {
public:
    /// `path` as in config::source, `title` as the table's header reads: "[[listener]]", empty for the root.
    reader(const document_value& value, unsigned line, std::string path, std::string key, std::string title,
           reading& shared);

    // Each fills `out` and returns true, or reports why not, leaves `out` alone and returns false.

    bool text(std::string& out);  ///< any text without NUL
    bool boolean(bool& out);
    /// Longer than zero, or as long if it may be.
    bool duration(std::chrono::milliseconds& out, bool may_be_zero = false);
    /// Bytes, from `least` to `most`.
    bool size(std::uint64_t& out, std::uint64_t least, std::uint64_t most);
    /// Made absolute against the file's folder; "" is no path.
    bool path(std::filesystem::path& out);
    /// A string or an array of strings. "" stands for none; in an array it is an error.
    bool paths(std::vector<std::filesystem::path>& out);

    template <std::integral T>
    bool integer(T& out, std::int64_t least, std::int64_t most) {
        std::int64_t value = 0;
        if (!whole_number(value, least, most)) return false;
        out = static_cast<T>(value);
        return true;
    }

    /// One word of a closed list; case does not matter, as with MySQL's own.
    template <class Enum>
    bool word(Enum& out, std::span<const std::pair<std::string_view, Enum>> words) {
        std::vector<std::string_view> names;
        for (const auto& each : words) names.push_back(each.first);
        std::size_t index = 0;
        if (!word_index(index, names)) return false;
        out = words[index].second;
        return true;
    }

    /// The elements of an array, each with its own line; an empty vector after an error.
    [[nodiscard]] std::vector<reader> items();
    /// This value as the table headed `header`: "[gate]".
    [[nodiscard]] std::optional<reader> table(const std::string& header);
    /// This value as the tables headed `header`: "[[listener]]".
    [[nodiscard]] std::vector<reader> tables(const std::string& header);

    /// "[gate] instance_id: " is put in front.
    void error(const std::string& sentence);
    void warning(const std::string& sentence);

    [[nodiscard]] const document_value& value() const { return *value_; }
    [[nodiscard]] const std::string& where() const { return path_; }
    [[nodiscard]] const std::string& key() const { return key_; }
    [[nodiscard]] const std::string& title() const { return title_; }
    [[nodiscard]] unsigned line() const { return line_; }
    [[nodiscard]] reading& shared() const { return *shared_; }

    /// A value of a table: `title` is this table's header.
    [[nodiscard]] reader child(const document_entry& entry, const std::string& title) const;

private:
    void report(diagnostic::severity level, const std::string& sentence);
    bool is(document_value::kind type, std::string_view wanted);
    bool whole_number(std::int64_t& out, std::int64_t least, std::int64_t most);
    bool word_index(std::size_t& out, std::span<const std::string_view> words);

    const document_value* value_;
    unsigned line_;
    std::string path_;
    std::string key_;
    std::string title_;
    reading* shared_;
};

}  // namespace portcullis::config
