#include "proxy/config/diagnostic.hpp"

#include <algorithm>
#include <limits>

namespace portcullis::config {

std::string diagnostic::to_string() const {
    std::string out = file;
    if (line != 0) out += ":" + std::to_string(line);
    out += level == severity::warning ? ": warning: " : ": ";
    return out + text;
}

bool has_errors(const diagnostics& found) {
    return std::any_of(found.begin(), found.end(),
                       [](const diagnostic& each) { return each.level == diagnostic::severity::error; });
}

void sort_by_line(diagnostics& found) {
    const auto place = [](const diagnostic& each) {
        return each.line == 0 ? std::numeric_limits<unsigned>::max() : each.line;
    };
    std::stable_sort(found.begin(), found.end(),
                     [&](const diagnostic& a, const diagnostic& b) { return place(a) < place(b); });
}

}  // namespace portcullis::config
