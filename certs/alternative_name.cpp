#include "certs/alternative_name.hpp"

#include "certs/error.hpp"
#include "certs/printable.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>

namespace portcullis::certs {
namespace {

constexpr std::size_t longest_dns_name = 253;
constexpr std::size_t longest_label = 63;

/// 4 or 16 bytes; empty if `text` is no address.
std::string address_bytes(std::string_view text) {
    const std::string host(text);
    // inet_pton would stop at a NUL and believe what stands before it.
    if (host.find('\0') != std::string::npos) return {};
    std::array<char, 16> bytes{};
    if (::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
    if (::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) return {bytes.data(), 16};
    return {};
}

bool is_label(std::string_view label) {
    const auto allowed = [](unsigned char letter) {
        return std::isalnum(letter) != 0 || letter == '-' || letter == '_';
    };
    return !label.empty() && label.size() <= longest_label && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, allowed);
}

/// A wildcard may stand for the whole first label and needs two more behind it: "*.example.com".
bool is_dns_name(std::string_view name) {
    if (name.empty() || name.size() > longest_dns_name) return false;
    const bool wildcard = name.starts_with("*.");
    if (wildcard) name.remove_prefix(2);
    if (wildcard && name.find('.') == std::string_view::npos) return false;
    while (true) {
        const auto dot = name.find('.');
        if (!is_label(name.substr(0, dot))) return false;
        if (dot == std::string_view::npos) break;
        name.remove_prefix(dot + 1);
    }
    // Four numbers that are no address, such as 10.0.0.300, are a slip of the pen and no name.
    return std::ranges::any_of(name, [](unsigned char letter) { return std::isdigit(letter) == 0; });
}

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

std::string address_text(const ASN1_OCTET_STRING* address) {
    const int length = ASN1_STRING_length(address);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (length != 4 && length != 16) return "(" + std::to_string(length) + " bytes)";
    ::inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text.data(),
                static_cast<socklen_t>(text.size()));
    return text.data();
}

std::string string_text(const ASN1_STRING* string) {
    const auto* data = ASN1_STRING_get0_data(string);
    return printable(std::string(data, data + ASN1_STRING_length(string)));
}

std::string name_text(const GENERAL_NAME* name) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(name, &type);
    switch (type) {
        case GEN_DNS:
            return "DNS:" + string_text(static_cast<const ASN1_STRING*>(value));
        case GEN_IPADD:
            return "IP:" + address_text(static_cast<const ASN1_OCTET_STRING*>(value));
        case GEN_URI:
            return "URI:" + string_text(static_cast<const ASN1_STRING*>(value));
        case GEN_EMAIL:
            return "email:" + string_text(static_cast<const ASN1_STRING*>(value));
        default:
            return "other";
    }
}

bool append(GENERAL_NAMES* list, const alternative_name& name) {
    const bool is_dns = name.kind == alternative_name::type::dns;
    general_name_ptr entry(GENERAL_NAME_new());
    ASN1_STRING* value = ASN1_STRING_type_new(is_dns ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
    if (!entry || value == nullptr ||
        ASN1_STRING_set(value, name.bytes.data(), static_cast<int>(name.bytes.size())) != 1) {
        ASN1_STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(entry.get(), is_dns ? GEN_DNS : GEN_IPADD, value);
    if (sk_GENERAL_NAME_push(list, entry.get()) <= 0) return false;
    static_cast<void>(entry.release());  // the list owns it now
    return true;
}

}  // namespace

boost::system::result<alternative_name> parse_alternative_name(std::string_view text) {
    const auto word = without_prefix(without_prefix(text, "DNS:"), "IP:");
    const bool bracketed = word.size() > 2 && word.front() == '[' && word.back() == ']';
    const auto host = bracketed ? word.substr(1, word.size() - 2) : word;
    if (auto bytes = address_bytes(host); !bytes.empty() && !text.starts_with("DNS:"))
        return alternative_name{alternative_name::type::ip, std::string(host), std::move(bytes)};
    if (bracketed || text.starts_with("IP:") || !is_dns_name(host)) return errc::bad_alternative_name;
    return alternative_name{alternative_name::type::dns, std::string(host), std::string(host)};
}

bool is_ip_address(std::string_view host) {
    return !address_bytes(host).empty();
}

general_names_ptr to_general_names(const std::vector<alternative_name>& names) {
    general_names_ptr list(GENERAL_NAMES_new());
    if (!list) return nullptr;
    for (const auto& name : names)
        if (!append(list.get(), name)) return nullptr;
    return list;
}

std::vector<std::string> alternative_names_of(const X509* certificate) {
    const general_names_ptr list(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    ERR_clear_error();
    const int count = list ? sk_GENERAL_NAME_num(list.get()) : 0;
    std::vector<std::string> names;
    names.reserve(static_cast<std::size_t>(count));
    for (int index = 0; index < count; ++index) names.push_back(name_text(sk_GENERAL_NAME_value(list.get(), index)));
    return names;
}

}  // namespace portcullis::certs
