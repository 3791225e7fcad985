#include "proxy/config/nearest.hpp"

#include <algorithm>
#include <vector>

namespace portcullis::config {
namespace {

constexpr std::size_t longest_word = 64;  // keys are short; the work grows with the square

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Damerau and Levenshtein's distance, with swaps of neighbours only.
std::size_t slips(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            const bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.size() > longest_word) return std::nullopt;
    std::optional<std::string_view> best;
    std::size_t fewest = 0;
    for (const auto candidate : candidates) {
        const auto distance = slips(word, candidate);
        if (distance > std::max<std::size_t>(1, candidate.size() / 3)) continue;
        if (!best || distance < fewest) {
            best = candidate;
            fewest = distance;
        }
    }
    return best;
}

}  // namespace portcullis::config
