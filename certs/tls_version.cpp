#include "certs/tls_version.hpp"

#include "certs/error.hpp"

#include <algorithm>
#include <array>

namespace portcullis::certs {
namespace {

constexpr std::array all_versions = {tls_version::v1_0, tls_version::v1_1, tls_version::v1_2, tls_version::v1_3};

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same_word(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

boost::system::result<tls_version_set> tls_version_set::parse(std::string_view list) {
    tls_version_set set;
    while (true) {
        const auto comma = list.find(',');
        const auto word = trimmed(list.substr(0, comma));
        const auto* const found = std::ranges::find_if(
            all_versions, [&](tls_version version) { return same_word(word, certs::to_string(version)); });
        if (found == all_versions.end() || set.contains(*found)) return errc::bad_tls_version;
        set.insert(*found);
        if (comma == std::string_view::npos) return set;
        list.remove_prefix(comma + 1);
    }
}

std::vector<tls_version> tls_version_set::versions() const {
    std::vector<tls_version> list;
    std::ranges::copy_if(all_versions, std::back_inserter(list), [&](tls_version each) { return contains(each); });
    return list;
}

std::string tls_version_set::to_string() const {
    std::string text;
    for (const auto version : versions()) {
        if (!text.empty()) text += ',';
        text += certs::to_string(version);
    }
    return text;
}

std::string_view to_string(tls_version version) {
    switch (version) {
        case tls_version::v1_0:
            return "TLSv1";
        case tls_version::v1_1:
            return "TLSv1.1";
        case tls_version::v1_2:
            return "TLSv1.2";
        case tls_version::v1_3:
            return "TLSv1.3";
    }
    return "unknown";
}

}  // namespace portcullis::certs
