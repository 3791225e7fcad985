// What a fuzz target demands of the code under test.
// Prints nothing: the sanitizer's stack trace names the line.
#pragma once

#include <cstdlib>

inline void require(bool holds) {
    if (!holds) [[clang::nomerge]]
        std::abort();
}
