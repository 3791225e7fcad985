// `portcullis check`: everything that can be known of a configuration without listening or connecting.
// Findings go to `err`, what is in effect and the verdict to `out`.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace portcullis::proxy {

/// 0 if the gate would start with this file, 1 if it would not.
[[nodiscard]] int check_command(const std::filesystem::path& file, std::ostream& out, std::ostream& err);

}  // namespace portcullis::proxy
