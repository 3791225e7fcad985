// Bytes from certificates and file names, made safe for a terminal and a log line.
// Escaping only; what is said is the caller's affair.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace portcullis::certs {

/// How many bytes of the UTF-8 character at the start of `text` may be printed as they are; 0 if its first byte must
/// be escaped: not well-formed, a control character, or one that changes the direction of the text around it.
[[nodiscard]] std::size_t printable_prefix(std::string_view text);

/// "\xHH", upper case.
[[nodiscard]] std::string escaped_byte(char byte);

/// `text` with every unprintable byte as \xHH. Backslashes stay as they are: for people, not for parsing back.
[[nodiscard]] std::string printable(std::string_view text);

/// The file as a word of a shell command, quoted where it must be.
[[nodiscard]] std::string shell_word(const std::filesystem::path& file);

}  // namespace portcullis::certs
