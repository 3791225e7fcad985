#include "proxy/config/document.hpp"

#include "proxy/config/stray_text.hpp"

#include <algorithm>

namespace {
struct library_gave_up {};

constexpr void require(bool holds) {
    if (!holds) throw library_gave_up();
}
}  // namespace

// Version 3.3 of the library has preconditions where it should report an error: a line with "[" alone breaks one. An
// assertion would end the process, and without assertions the rest is undefined, so they throw, in every build.
#undef NDEBUG
#define TOML_ASSERT(...) ::require(static_cast<bool>(__VA_ARGS__))
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace portcullis::config {
namespace {

std::string name_of(toml::node_type type) {
    switch (type) {
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::floating_point:
            return "a number with a fraction";
        case toml::node_type::boolean:
            return "a boolean";
        case toml::node_type::array:
            return "an array";
        case toml::node_type::table:
            return "a table";
        default:
            return "a date or time";
    }
}

// The recursion is bounded by the library: it refuses values nested deeper than TOML_MAX_NESTED_VALUES (256).
document_value convert(const toml::node& node) {
    document_value out;
    out.line = node.source().begin.line;
    out.type_name = name_of(node.type());
    if (const auto* text = node.as_string()) {
        out.type = document_value::kind::text;
        out.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
        out.type = document_value::kind::integer;
        out.integer = integer->get();
    } else if (const auto* boolean = node.as_boolean()) {
        out.type = document_value::kind::boolean;
        out.boolean = boolean->get();
    } else if (const auto* array = node.as_array()) {
        out.type = document_value::kind::array;
        for (const auto& each : *array) out.items.push_back(convert(each));
    } else if (const auto* table = node.as_table()) {
        out.type = document_value::kind::table;
        for (const auto& [key, value] : *table)
            out.entries.push_back({std::string(key.str()), key.source().begin.line, convert(value)});
        // The library keeps keys in alphabetical order; people read them in the file's.
        std::stable_sort(out.entries.begin(), out.entries.end(),
                         [](const auto& a, const auto& b) { return a.line < b.line; });
    }
    return out;
}

std::optional<toml::parse_result> parse(std::string_view text) {
    try {
        return toml::parse(text);
    } catch (const library_gave_up&) {
        return std::nullopt;
    }
}

/// The line with which the library gives up: the last of the shortest beginning of the text that makes it do so.
unsigned line_of_giving_up(std::string_view text) {
    std::vector<std::size_t> ends;
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1))
        ends.push_back(end + 1);
    ends.push_back(text.size());
    const auto line = std::partition_point(ends.begin(), ends.end(),
                                           [&](std::size_t end) { return parse(text.substr(0, end)).has_value(); });
    return static_cast<unsigned>(line - ends.begin()) + 1;
}

}  // namespace

std::optional<document_value> read_document(std::string_view text, const std::string& file, diagnostics& found) {
    if (const auto line = line_of_stray_text(text)) {
        found.push_back({diagnostic::severity::error, file, *line,
                         "not TOML: a character that is not ASCII, outside of comments and strings of one line"});
        return std::nullopt;
    }
    const auto parsed = parse(text);
    if (!parsed) {
        found.push_back(
            {diagnostic::severity::error, file, line_of_giving_up(text), "not TOML: nothing can be made of it"});
        return std::nullopt;
    }
    if (*parsed) return convert(parsed->table());
    const auto& error = parsed->error();
    found.push_back({diagnostic::severity::error, file, error.source().begin.line,
                     "not TOML: " + std::string(error.description())});
    return std::nullopt;
}

}  // namespace portcullis::config
