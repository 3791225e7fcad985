#include "proxy/config/source.hpp"

namespace portcullis::config {

unsigned source::line_of(std::string_view path) const {
    while (!path.empty()) {
        if (const auto found = lines.find(path); found != lines.end()) return found->second;
        const auto dot = path.rfind('.');
        if (dot == std::string_view::npos) return 0;
        path = path.substr(0, dot);
    }
    return 0;
}

}  // namespace portcullis::config
