// What the workloads say: statements whose answers have a chosen size, on any server, and the same ones understood by
// the synthetic aggregator.
#pragma once

#include "protocol/bytes.hpp"

#include <cstdint>
#include <string_view>

namespace portcullis::bench {

/// A whole COM_QUERY packet of `size` bytes of statement (at least 50) whose result is one text of `answer` bytes.
[[nodiscard]] protocol::bytes ask_for(std::size_t answer, std::size_t size = 50);

/// A whole COM_QUERY packet that brings `size` bytes and is answered by OK. Precondition: under 16 MiB.
[[nodiscard]] protocol::bytes bring(std::size_t size);

/// What the synthetic aggregator answers.
struct reply_plan {
    bool result = false;     ///< a result set with one text; otherwise OK
    std::size_t answer = 0;  ///< bytes of that text
};

/// `statement` may be cut short behind its first 64 bytes.
[[nodiscard]] reply_plan understand(std::string_view statement);

/// A whole reply with sequence ids from 1 on: OK, or a result set with one text of `answer` bytes.
[[nodiscard]] protocol::bytes write_reply(reply_plan plan);

}  // namespace portcullis::bench
