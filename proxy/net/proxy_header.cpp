#include "proxy/net/proxy_header.hpp"

#include "proxy/net/proxy_v1.hpp"
#include "proxy/net/proxy_v2.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <string_view>

namespace portcullis::net {
namespace {

boost::system::error_code malformed() {
    return make_error_code(boost::system::errc::protocol_error);
}

std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Whether one of the two is the beginning of the other.
template <class A, class B>
bool begins_like(const A& bytes, const B& pattern) {
    const auto size = std::min(std::size(bytes), std::size(pattern));
    return std::equal(std::begin(bytes), std::begin(bytes) + static_cast<std::ptrdiff_t>(size), std::begin(pattern));
}

}  // namespace

boost::system::result<std::size_t> proxy_bytes_wanted(std::span<const std::uint8_t> so_far) {
    std::optional<std::size_t> wanted;
    if (begins_like(so_far, proxy_v2_signature) && so_far.size() < proxy_v2_fixed_size) {
        // Both versions have more than 12 bytes, and those tell them apart.
        wanted = (so_far.size() < proxy_v2_signature.size() ? proxy_v2_signature.size() : proxy_v2_fixed_size) -
                 so_far.size();
    } else if (begins_like(so_far, proxy_v2_signature)) {
        const auto size = proxy_v2_size(so_far);
        if (size && *size >= so_far.size()) wanted = *size - so_far.size();
    } else if (begins_like(as_text(so_far), proxy_v1_prefix)) {
        wanted = so_far.size() < proxy_v2_signature.size() ? proxy_v2_signature.size() - so_far.size()
                                                           : proxy_v1_missing(as_text(so_far));
    }
    if (!wanted) return malformed();
    return *wanted;
}

boost::system::result<proxy_header> parse_proxy_header(std::span<const std::uint8_t> header) {
    const bool v2 = header.size() >= proxy_v2_signature.size() && begins_like(header, proxy_v2_signature);
    const auto parsed = v2 ? parse_proxy_v2(header) : parse_proxy_v1(as_text(header));
    if (!parsed) return malformed();
    return *parsed;
}

}  // namespace portcullis::net
