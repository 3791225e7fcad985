#include "proxy/admin/page.hpp"

#include <algorithm>
#include <array>

namespace portcullis::admin {
namespace {

/// Nothing from elsewhere, nothing inline, no frame around it.
constexpr std::string_view policy =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

std::string_view type_of(std::string_view name) {
    constexpr std::array types{std::pair{".html", "text/html; charset=utf-8"},
                               std::pair{".js", "text/javascript; charset=utf-8"},
                               std::pair{".css", "text/css; charset=utf-8"}, std::pair{".svg", "image/svg+xml"}};
    const auto* const found =
        std::find_if(types.begin(), types.end(), [name](const auto& each) { return name.ends_with(each.first); });
    return found == types.end() ? "application/octet-stream" : found->second;
}

}  // namespace

reply page_reply(std::string_view name, std::string_view known) {
    const auto files = page_files();
    const auto found =
        std::find_if(files.begin(), files.end(), [name](const page_file& each) { return each.name == name; });
    if (found == files.end()) return error_reply(404, "there is nothing here");
    reply out;
    out.content_type = type_of(name);
    out.headers = {{"ETag", std::string(found->etag)},
                   {"Cache-Control", "no-cache"},  // kept, but asked for: another version may answer here tomorrow
                   {"Content-Security-Policy", std::string(policy)},
                   {"X-Frame-Options", "DENY"},
                   {"Referrer-Policy", "no-referrer"},
                   {"Cross-Origin-Opener-Policy", "same-origin"},
                   {"Cross-Origin-Resource-Policy", "same-origin"}};
    if (known.find(found->etag) != std::string_view::npos)
        out.status = 304;
    else
        out.body = found->body;
    return out;
}

}  // namespace portcullis::admin
