// Reads the wire's primitives from one payload, never past its end. The first failure sticks: every later read gives
// nothing, so a parser reads straight through and asks once. Knows no message.
// Source: MySQL Internals, "Integer Types", "String Types".
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

namespace portcullis::protocol {

class reader {
public:
    explicit reader(bytes_view payload) : rest_(payload) {}

    [[nodiscard]] std::uint8_t int1() { return static_cast<std::uint8_t>(integer(1)); }
    [[nodiscard]] std::uint16_t int2() { return static_cast<std::uint16_t>(integer(2)); }
    [[nodiscard]] std::uint32_t int4() { return static_cast<std::uint32_t>(integer(4)); }

    /// A length-encoded integer. Errors: truncated (nothing left), bad_length.
    [[nodiscard]] std::uint64_t lenenc_int();
    /// `size` bytes. Error: truncated.
    [[nodiscard]] bytes_view fixed(std::size_t size);
    /// As fixed, and nothing is given back.
    void skip(std::size_t size) { static_cast<void>(fixed(size)); }
    /// Up to the first NUL, which is taken too. Error: missing_terminator.
    [[nodiscard]] bytes_view nul_string();
    /// Up to the first NUL or, for the last field of a careless peer, to the end.
    [[nodiscard]] bytes_view nul_string_or_rest();
    /// A length byte, then so many bytes. Errors: truncated (no length byte), bad_length.
    [[nodiscard]] bytes_view int1_string();
    /// A length-encoded integer, then so many bytes. Errors: truncated (no integer), bad_length.
    [[nodiscard]] bytes_view lenenc_string();
    /// All that is left.
    [[nodiscard]] bytes_view rest();

    [[nodiscard]] std::size_t left() const { return rest_.size(); }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    /// The first failure, or no error.
    [[nodiscard]] error_code error() const { return error_; }

private:
    [[nodiscard]] std::uint64_t integer(std::size_t size);
    [[nodiscard]] bytes_view counted(std::uint64_t size);
    void fail(errc code);

    bytes_view rest_;
    error_code error_;
};

}  // namespace portcullis::protocol
