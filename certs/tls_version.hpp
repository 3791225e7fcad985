// The `tls_version` list: any subset of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3, comma separated, as MySQL's variable.
// Parsing and naming only; contexts apply it (certs/server_context, certs/client_context).
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::certs {

enum class tls_version { v1_0, v1_1, v1_2, v1_3 };

/// A subset of the four versions, in ascending order.
class tls_version_set {
public:
    /// Errors: errc::bad_tls_version for an unknown word, a repeated one or an empty list. Case does not matter.
    [[nodiscard]] static boost::system::result<tls_version_set> parse(std::string_view list);

    [[nodiscard]] bool contains(tls_version version) const { return (bits_ & bit(version)) != 0; }
    void insert(tls_version version) { bits_ = static_cast<unsigned char>(bits_ | bit(version)); }
    [[nodiscard]] bool empty() const { return bits_ == 0; }
    [[nodiscard]] std::vector<tls_version> versions() const;
    [[nodiscard]] std::string to_string() const;  ///< "TLSv1.2,TLSv1.3"

    bool operator==(const tls_version_set&) const = default;

private:
    static constexpr unsigned bit(tls_version version) { return 1U << static_cast<unsigned>(version); }
    unsigned char bits_ = 0;
};

[[nodiscard]] std::string_view to_string(tls_version version);  ///< MySQL's spelling: "TLSv1.2"

}  // namespace portcullis::certs
