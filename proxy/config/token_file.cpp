#include "proxy/config/token_file.hpp"

#include "certs/secret_file.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <sstream>

namespace portcullis::config {
namespace {

constexpr std::size_t shortest = 20;
constexpr std::size_t longest = 256;

bool is_token_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

/// Strict: strptime takes "2027-1-1" and 31 February, which must come back as they were written.
std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
    constexpr const char* form = "%Y-%m-%dT%H:%M:%SZ";
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    const auto seconds = ::timegm(&parts);
    std::array<char, 32> again{};
    const auto size = std::strftime(again.data(), again.size(), form, &parts);
    if (std::string_view(again.data(), size) != text) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

}  // namespace

std::string parse_tokens(std::string_view text, std::vector<admin_token>& out) {
    std::vector<admin_token> read;
    std::istringstream lines{std::string(text)};
    std::string line;
    for (unsigned number = 1; std::getline(lines, line); ++number) {
        const auto where = "line " + std::to_string(number) + ": ";
        std::istringstream words(line);
        admin_token token;
        std::string expires;
        std::string more;
        words >> token.secret >> expires >> more;
        if (token.secret.empty() || token.secret.starts_with('#')) continue;
        if (token.secret.size() < shortest || token.secret.size() > longest ||
            !std::all_of(token.secret.begin(), token.secret.end(), is_token_character))
            return where + "a token has 20 to 256 letters, digits and -._~+/= (make one with: openssl rand -hex 32)";
        if (!more.empty()) return where + "takes a token and, behind it, the time it expires at";
        if (!expires.empty()) {
            token.expires = parse_time(expires);
            if (!token.expires) return where + "takes a time such as 2027-01-31T12:00:00Z, not what stands there";
        }
        read.push_back(std::move(token));
    }
    if (read.empty()) return "holds no token (make one with: openssl rand -hex 32)";
    out = std::move(read);
    return {};
}

std::string read_token_file(const std::filesystem::path& file, std::vector<admin_token>& out) {
    const auto read = certs::read_secret_text(file);
    if (!read) return certs::unreadable(file, "token file", read.error());
    if (read->open_to_others) return certs::too_open(file, "tokens");
    auto problem = parse_tokens(read->text, out);
    return problem.empty() ? problem : file.string() + ": " + problem;
}

}  // namespace portcullis::config
