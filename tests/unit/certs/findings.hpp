// What was reported, as a test asks for it.
#pragma once

#include "certs/problem.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>

namespace portcullis::certs {

inline void PrintTo(const problem& each, std::ostream* out) {
    *out << (each.level == problem::severity::error ? "error " : "warning ") << each.setting << ": " << each.text;
}

}  // namespace portcullis::certs

namespace portcullis::certs::test {

inline bool reports(const problems& found, problem::severity level, std::string_view setting, std::string_view words) {
    return std::ranges::any_of(found, [&](const problem& each) {
        return each.level == level && each.setting == setting && each.text.find(words) != std::string::npos;
    });
}

inline bool has_error(const problems& found, std::string_view setting, std::string_view words) {
    return reports(found, problem::severity::error, setting, words);
}

inline bool has_warning(const problems& found, std::string_view setting, std::string_view words) {
    return reports(found, problem::severity::warning, setting, words);
}

/// All of it, for the message of a failed test.
inline std::string words_of(const problems& found) {
    std::string text;
    for (const auto& each : found)
        text +=
            (each.level == problem::severity::error ? "error " : "warning ") + each.setting + ": " + each.text + "\n";
    return text.empty() ? "nothing was reported" : text;
}

}  // namespace portcullis::certs::test
