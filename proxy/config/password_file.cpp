#include "proxy/config/password_file.hpp"

#include "certs/secret_file.hpp"

#include <string_view>

namespace portcullis::config {
namespace {

constexpr std::size_t longest_password = 1024;

std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::string read_password_file(const std::filesystem::path& file, std::string& password) {
    const auto read = certs::read_secret_text(file);
    if (!read) return certs::unreadable(file, "password file", read.error());
    if (read->open_to_others) return certs::too_open(file, "a password");
    const auto content = without_line_end(read->text);
    const auto name = file.string();
    if (content.size() > longest_password) return name + " is longer than a password of 1024 bytes";
    if (content.empty()) return name + " is empty";
    if (content.find('\0') != std::string_view::npos) return name + " holds a NUL byte, which no password can";
    password = content;
    return {};
}

}  // namespace portcullis::config
