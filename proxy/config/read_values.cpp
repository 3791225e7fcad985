#include "proxy/config/read_values.hpp"

#include <algorithm>

namespace portcullis::config {
namespace {

constexpr std::size_t longest_name = 64;

}  // namespace

certs::tls_version_set default_tls_versions() {
    certs::tls_version_set out;
    out.insert(certs::tls_version::v1_2);
    out.insert(certs::tls_version::v1_3);
    return out;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

bool read_name(reader& in, std::string& out) {
    std::string name;
    if (!in.text(name)) return false;
    if (!is_name(name)) {
        in.error("takes 1 to 64 letters, digits, '-' and '_', not " + in_quotes(name));
        return false;
    }
    out = name;
    return true;
}

bool read_endpoint(reader& in, endpoint& out) {
    std::string written;
    if (!in.text(written)) return false;
    auto parsed = endpoint::parse(written);
    if (!parsed) {
        in.error(R"(takes "HOST:PORT", "[IPV6]:PORT" or "unix:PATH" with a port from 1 to 65535, not )" +
                 in_quotes(written));
        return false;
    }
    if (parsed->is_unix()) {
        parsed->unix_path = (in.shared().folder / parsed->unix_path).string();
        if (parsed->unix_path.size() > longest_unix_path) {
            in.error("the path of the socket is longer than " + std::to_string(longest_unix_path) +
                     " bytes: " + in_quotes(parsed->unix_path));
            return false;
        }
    }
    out = *std::move(parsed);
    return true;
}

bool read_networks(reader& in, std::vector<network>& out) {
    std::vector<network> read;
    if (in.value().type != document_value::kind::array) {
        in.error(R"(takes an array of networks, such as ["10.0.0.0/8", "::1"], not )" + in.value().type_name);
        return false;
    }
    bool good = true;
    for (auto& each : in.items()) {
        std::string written;
        if (!each.text(written)) {
            good = false;
        } else if (const auto parsed = network::parse(written)) {
            read.push_back(*parsed);
        } else {
            each.error(R"(takes networks such as "10.0.0.0/8", no bit set behind the prefix, not )" +
                       in_quotes(written));
            good = false;
        }
    }
    if (good) out = std::move(read);
    return good;
}

bool read_tls_versions(reader& in, certs::tls_version_set& out) {
    std::string written;
    if (!in.text(written)) return false;
    const auto parsed = certs::tls_version_set::parse(written);
    if (!parsed) {
        in.error("takes some of TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3, comma separated and each once, not " +
                 in_quotes(written));
        return false;
    }
    out = *parsed;
    return true;
}

}  // namespace portcullis::config
