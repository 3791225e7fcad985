// A user name in any character set: quotes come and go in pairs, and what is looked up unchanged is so in every cut.
#include "protocol/user_name.hpp"
#include "require.hpp"

using namespace portcullis::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const auto character_set = static_cast<std::uint16_t>(data[0] | data[1] << 8);
    const capability_flags offered = data[2] & 1 ? client_long_password : 0;
    const bytes copy(data + 3, data + size);  // a buffer of its own: nothing behind its end may be read
    const auto name = as_text(copy);
    require(without_quotes(in_handshake_response(name)) == name);
    require(without_quotes(name).size() == name.size() || without_quotes(name).size() + 2 == name.size());
    if (!is_looked_up_unchanged(name, character_set, offered)) return 0;
    constexpr std::uint16_t utf8mb4 = 45;
    require(is_looked_up_unchanged(name, utf8mb4, offered));
    for (std::size_t cut = 0; cut < name.size(); ++cut) {
        const bool between_characters = (static_cast<std::uint8_t>(name[cut]) & 0xc0U) != 0x80U;
        const bytes beginning(copy.begin(), copy.begin() + static_cast<std::ptrdiff_t>(cut));
        require(is_looked_up_unchanged(as_text(beginning), character_set, offered) == between_characters);
    }
    return 0;
}
