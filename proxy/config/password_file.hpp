// A password kept in a file of its own, readable by its owner alone.
// The password appears in no sentence.
#pragma once

#include <filesystem>
#include <string>

namespace portcullis::config {

/// Fills `password` with the file's content without its last line end and returns "", or returns what is wrong as a
/// sentence that names the file and the remedy: missing, unreadable, not a regular file, open to group or others,
/// empty, longer than a kilobyte, NUL inside.
[[nodiscard]] std::string read_password_file(const std::filesystem::path& file, std::string& password);

}  // namespace portcullis::config
