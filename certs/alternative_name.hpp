// Subject alternative names: DNS names and IP addresses, to and from certificates.
// Other kinds (URI, e-mail) are shown, never made.
#pragma once

#include "certs/openssl_ptr.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::certs {

/// A name to be put into a certificate.
struct alternative_name {
    enum class type { dns, ip };
    type kind = type::dns;
    std::string text;   ///< as given: "db1.example.com", "::1"
    std::string bytes;  ///< what goes into the certificate: the name, or 4 or 16 bytes of address
};

/// "db1.example.com", "*.example.com", "10.0.0.1", "::1", "[::1]", also as "DNS:..." or "IP:...".
/// Errors: errc::bad_alternative_name.
[[nodiscard]] boost::system::result<alternative_name> parse_alternative_name(std::string_view text);

/// True for a dotted IPv4 address or an IPv6 address without brackets and zone.
[[nodiscard]] bool is_ip_address(std::string_view host);

/// nullptr if OpenSSL has no memory left.
[[nodiscard]] general_names_ptr to_general_names(const std::vector<alternative_name>& names);

/// "DNS:db1", "IP:10.0.0.1", "URI:...", "email:...", "other"; safe to print.
[[nodiscard]] std::vector<std::string> alternative_names_of(const X509* certificate);

}  // namespace portcullis::certs
