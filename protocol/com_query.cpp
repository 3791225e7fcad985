#include "protocol/com_query.hpp"

#include "protocol/command.hpp"
#include "protocol/reader.hpp"

#include <vector>

namespace portcullis::protocol {
namespace {

/// Column types as the wire numbers them, as far as their binary values have a shape of their own.
enum : std::uint8_t {
    type_tiny = 1,
    type_short = 2,
    type_long = 3,
    type_float = 4,
    type_double = 5,
    type_null = 6,
    type_timestamp = 7,
    type_longlong = 8,
    type_int24 = 9,
    type_date = 10,
    type_time = 11,
    type_datetime = 12,
    type_year = 13,
};

void skip_value(reader& in, std::uint8_t type) {
    switch (type) {
        case type_null:
            break;
        case type_tiny:
            in.skip(1);
            break;
        case type_short:
        case type_year:
            in.skip(2);
            break;
        case type_long:
        case type_int24:
        case type_float:
            in.skip(4);
            break;
        case type_longlong:
        case type_double:
            in.skip(8);
            break;
        case type_date:
        case type_time:
        case type_datetime:
        case type_timestamp:
            static_cast<void>(in.int1_string());
            break;
        default:
            static_cast<void>(in.lenenc_string());
            break;
    }
}

bool is_null(bytes_view null_bitmap, std::size_t index) {
    return (null_bitmap[index / 8] >> (index % 8) & 1U) != 0;
}

}  // namespace

result<std::size_t> statement_offset(bytes_view payload, capability_flags negotiated) {
    reader in(payload);
    const std::uint8_t command_byte = in.int1();
    if (in.error()) return in.error();
    if (command_byte != static_cast<std::uint8_t>(command::query)) return errc::unexpected_message;
    if (!(negotiated & client_query_attributes)) return payload.size() - in.left();
    const std::uint64_t count = in.lenenc_int();
    const std::uint64_t sets = in.lenenc_int();
    if (in.error()) return in.error();
    if (sets != 1) return errc::unexpected_message;
    if (count == 0) return payload.size() - in.left();
    if (count > in.left()) return errc::bad_length;
    const bytes_view null_bitmap = in.fixed((static_cast<std::size_t>(count) + 7) / 8);
    const std::uint8_t types_follow = in.int1();
    if (!in.error() && types_follow != 1) return errc::unexpected_message;
    std::vector<std::uint8_t> types;
    for (std::uint64_t i = 0; i < count && !in.error(); ++i) {
        types.push_back(static_cast<std::uint8_t>(in.int2()));  // the upper byte: unsigned or not
        static_cast<void>(in.lenenc_string());                  // its name
    }
    for (std::size_t i = 0; i < types.size() && !in.error(); ++i)
        if (!is_null(null_bitmap, i)) skip_value(in, types[i]);
    if (in.error()) return in.error();
    return payload.size() - in.left();
}

}  // namespace portcullis::protocol
