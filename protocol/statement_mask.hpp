// Passwords in SQL texts: CREATE USER ... IDENTIFIED BY, SET PASSWORD, CHANGE MASTER TO and their like.
// No parser of SQL: hides more rather than less, but never anything outside quotes.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::protocol {

/// Behind the first word that announces a secret (IDENTIFIED, PASSWORD, CREDENTIALS, ...) everything from the first
/// quote or hexadecimal literal to the last becomes "***". What a literal is depends on the server's sql_mode and
/// version; this does not. `cut`: the text ends early, perhaps inside a literal: then everything from the first quote
/// on.
[[nodiscard]] std::string without_secrets(std::string_view sql, bool cut);

}  // namespace portcullis::protocol
