// Where the statement stands in a COM_QUERY: behind the command byte and, with CLIENT_QUERY_ATTRIBUTES, behind them.
// Source: MySQL Internals, "COM_QUERY". Steps over the attributes; looks at no value and at no SQL.
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/error.hpp"

namespace portcullis::protocol {

/// The offset of the statement's first byte in a COM_QUERY payload, command byte included. With a payload cut short the
/// error may be either of the first two. Errors: truncated, bad_length, unexpected_message (no COM_QUERY, or attributes
/// as no server reads them).
[[nodiscard]] result<std::size_t> statement_offset(bytes_view payload, capability_flags negotiated);

}  // namespace portcullis::protocol
