// Writes the wire's primitives into one payload. The counterpart of reader; knows no message.
// Source: MySQL Internals, "Integer Types", "String Types".
#pragma once

#include "protocol/bytes.hpp"

#include <utility>

namespace portcullis::protocol {

class writer {
public:
    void int1(std::uint8_t value) { out_.push_back(value); }
    void int2(std::uint16_t value) { integer(value, 2); }
    void int4(std::uint32_t value) { integer(value, 4); }
    void zeros(std::size_t count) { out_.insert(out_.end(), count, 0); }
    void raw(bytes_view data) { out_.insert(out_.end(), data.begin(), data.end()); }
    /// The text and a NUL. A NUL inside ends the text, so that no field can spill into the next.
    void nul_string(bytes_view text);
    /// A length byte and the data. Precondition: at most 255 bytes; what is beyond is not written.
    void int1_string(bytes_view data);
    /// A length-encoded integer and the data.
    void lenenc_string(bytes_view data);

    [[nodiscard]] bytes take() { return std::move(out_); }

private:
    void integer(std::uint64_t value, int size);

    bytes out_;
};

}  // namespace portcullis::protocol
