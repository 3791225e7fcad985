// Bytes as the RFCs print them, blanks and all.
#pragma once

#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::certs::test {

using bytes = std::vector<std::uint8_t>;

/// Precondition: an even number of digits.
inline bytes of_hex(std::string_view text) {
    std::string digits;
    for (const char each : text)
        if (std::isxdigit(static_cast<unsigned char>(each)) != 0) digits += each;
    bytes out;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        out.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    return out;
}

}  // namespace portcullis::certs::test
