#include "protocol/statement_mask.hpp"

#include <algorithm>
#include <array>

namespace portcullis::protocol {
namespace {

constexpr std::array<std::string_view, 7> announcing = {"IDENTIFIED", "PASSWORD", "PASSWD", "CREDENTIAL",
                                                        "SECRET",     "ENCRYPT",  "DECRYPT"};
constexpr std::string_view quotes = "'\"`";
constexpr std::string_view hexadecimal = "0X";
constexpr std::string_view mask = "***";

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// Where the first of these words ends; npos: there is none.
std::size_t behind_announcement(std::string_view upper_case) {
    auto first = std::string_view::npos;
    for (const auto word : announcing)
        if (const auto at = upper_case.find(word); at != std::string_view::npos)
            first = std::min(first, at + word.size());
    return first;
}

/// Behind the last quote or hexadecimal literal. To the end where quotes are left over: some of them are escaped.
std::size_t end_of_secrets(std::string_view upper_case, std::size_t begin) {
    const auto secrets = upper_case.substr(begin);
    const auto is_quote = [](char c) { return quotes.find(c) != std::string_view::npos; };
    if (std::count_if(secrets.begin(), secrets.end(), is_quote) % 2 != 0) return upper_case.size();
    std::size_t end = 0;
    if (const auto last = secrets.find_last_of(quotes); last != std::string_view::npos) end = last + 1;
    if (const auto last = secrets.rfind(hexadecimal); last != std::string_view::npos)
        end = std::max(
            end, std::min(secrets.find_first_not_of("0123456789ABCDEF", last + hexadecimal.size()), secrets.size()));
    return begin + end;
}

}  // namespace

std::string without_secrets(std::string_view sql, bool cut) {
    std::string upper_case(sql);
    std::transform(upper_case.begin(), upper_case.end(), upper_case.begin(), upper);
    const auto from = behind_announcement(upper_case);
    if (from == std::string_view::npos) return std::string(sql);
    const auto begin = std::min(upper_case.find_first_of(quotes, from), upper_case.find(hexadecimal, from));
    if (begin == std::string_view::npos) return std::string(sql);
    const auto end = cut ? sql.size() : end_of_secrets(upper_case, begin);
    return std::string(sql.substr(0, begin)).append(mask).append(sql.substr(end));
}

}  // namespace portcullis::protocol
