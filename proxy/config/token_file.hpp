// The tokens of the administration interface, in a file of their own that its owner alone can read.
// A token appears in no sentence.
#pragma once

#include "proxy/config/config.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::config {

/// One token to a line, and behind it, if it is to expire, when: "TOKEN 2027-01-01T00:00:00Z". Empty lines and those
/// that begin with '#' are left out. Fills `out` and returns "", or returns what is wrong: a token of less than 20 or
/// more than 256 characters or of others than A-Z a-z 0-9 - . _ ~ + / = (RFC 6750, 2.1), a time that is none, no token.
[[nodiscard]] std::string parse_tokens(std::string_view text, std::vector<admin_token>& out);

/// Of a file that is read as password files are (proxy/config/password_file).
[[nodiscard]] std::string read_token_file(const std::filesystem::path& file, std::vector<admin_token>& out);

}  // namespace portcullis::config
