// Tries a parser on every beginning of a message: each must give a value or an error, and read nothing behind the cut
// (every beginning lies in a buffer of its own, so that AddressSanitizer would see it).
#pragma once

#include "protocol/bytes.hpp"

namespace portcullis::protocol {

/// Calls `parse` with the first 0, 1, ... size-1 bytes of `whole` and returns how many of them were refused.
template <class Parse>
std::size_t refused_cuts(bytes_view whole, Parse parse) {
    std::size_t refused = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const bytes beginning(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        refused += parse(beginning).has_error() ? 1 : 0;
    }
    return refused;
}

}  // namespace portcullis::protocol
