#include "protocol/user_name.hpp"

#include <algorithm>
#include <array>

namespace portcullis::protocol {
namespace {

constexpr std::size_t mysql_name_size = 96;  // bytes: 32 characters, which MySQL 5.7 and later reserve three bytes each
constexpr std::size_t mariadb_name_length = 128;  // characters

struct id_range {
    std::uint16_t first;
    std::uint16_t last;
};

// utf8mb3 and utf8mb4. Source: information_schema.collations of MySQL 9.7.4 (76, 192-323), MariaDB 10.11 and 11.8
// (576-611, those without padding from 1057, UCA 14.0.0 from 2048).
constexpr std::array<id_range, 16> utf8_ids{{{33, 33},
                                             {45, 46},
                                             {76, 76},
                                             {83, 83},
                                             {192, 215},
                                             {223, 247},
                                             {255, 323},
                                             {576, 579},
                                             {608, 611},
                                             {1057, 1057},
                                             {1069, 1070},
                                             {1107, 1107},
                                             {1216, 1216},
                                             {1238, 1238},
                                             {1248, 1248},
                                             {2048, 2559}}};

// Of the character sets that a client may have, swe7 (two collations, and two without padding) and filename read
// ASCII's bytes as other characters.
constexpr std::array<std::uint16_t, 5> not_ascii_ids{10, 17, 82, 1034, 1106};

bool is_utf8(std::uint16_t character_set) {
    return std::any_of(utf8_ids.begin(), utf8_ids.end(), [character_set](const id_range& each) {
        return each.first <= character_set && character_set <= each.last;
    });
}

bool is_quoted(std::string_view name) {
    return name.size() > 1 && name.front() == '\'' && name.back() == '\'';
}

/// How many bytes the first character has that a server's utf8mb3 keeps as it is; 0: none.
std::size_t character_size(std::string_view text) {
    const auto byte = [text](std::size_t at) {
        return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
    };
    const auto continues = [&byte](std::size_t at) { return (byte(at) & 0xc0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first < 0xe0) return continues(1) ? 2 : 0;
    if (first < 0xe0 || first >= 0xf0 || !continues(1) || !continues(2)) return 0;
    const bool too_long = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) >= 0xa0;
    return too_long || surrogate ? 0 : 3;
}

}  // namespace

std::string_view without_quotes(std::string_view sent) {
    return is_quoted(sent) ? sent.substr(1, sent.size() - 2) : sent;
}

std::string in_handshake_response(std::string_view name) {
    std::string sent(name);
    return is_quoted(name) ? '\'' + sent + '\'' : sent;
}

bool is_looked_up_unchanged(std::string_view name, std::uint16_t character_set, capability_flags offered) {
    std::size_t length = 0;
    bool ascii = true;
    for (auto rest = name; !rest.empty(); ++length) {
        const auto size = character_size(rest);
        if (size == 0) return false;
        ascii = ascii && size == 1;
        rest.remove_prefix(size);
    }
    const bool is_mariadb = (offered & client_long_password) == 0;
    if (is_mariadb ? length > mariadb_name_length : name.size() > mysql_name_size) return false;
    if (!ascii) return is_utf8(character_set);
    return std::find(not_ascii_ids.begin(), not_ascii_ids.end(), character_set) == not_ascii_ids.end();
}

}  // namespace portcullis::protocol
