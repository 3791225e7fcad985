// X.509 names as lists of (type, value), so that issuers and subjects are compared whole and structurally.
// Does not print names for the wire and knows nothing of who may connect.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

struct X509_name_st;

namespace portcullis::certs {

/// One attribute of a relative distinguished name, e.g. {"CN", "app"}. `type` is OpenSSL's short name, or the dotted
/// OID where there is none; `value` is UTF-8, or 0xFF and the raw bytes where the certificate's string cannot be
/// converted (so that it equals no text).
struct name_attribute {
    std::string type;
    std::string value;
    int set = 0;  ///< index of the RDN it belongs to: attributes of one multi-valued RDN share it

    bool operator==(const name_attribute&) const = default;
};

/// A distinguished name, most significant RDN first as in the certificate. RFC 5280, 4.1.2.4.
/// Equal means: the same RDNs in the same order, each the same set of attributes, values equal byte for byte.
class distinguished_name {
public:
    distinguished_name() = default;
    /// Attributes of one RDN stand together. RDNs are renumbered from 0 and their attributes ordered: an RDN is a set.
    explicit distinguished_name(std::vector<name_attribute> attributes);

    /// Reads the form MySQL's REQUIRE SUBJECT takes: "/C=SE/O=Example/CN=app". A '/' inside a value is written `\/`,
    /// a backslash `\\`, any byte `\xHH`; a further attribute of the same RDN follows '+' (a literal '+' is `\+`).
    /// Types are short names, long names or dotted OIDs. Errors: errc::bad_distinguished_name for an empty or unknown
    /// type, a missing '=', another escape or a text that does not begin with '/'.
    [[nodiscard]] static boost::system::result<distinguished_name> parse(std::string_view text);
    [[nodiscard]] static distinguished_name from(const X509_name_st* name);

    /// The inverse of parse(): what a configuration file needs to name this certificate. Control bytes come as `\xHH`:
    /// safe to print and to log.
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] bool empty() const { return attributes_.empty(); }
    [[nodiscard]] const std::vector<name_attribute>& attributes() const { return attributes_; }

    bool operator==(const distinguished_name&) const = default;

private:
    std::vector<name_attribute> attributes_;
};

}  // namespace portcullis::certs
