#include "proxy/certificates_in_use.hpp"

#include "certs/describe.hpp"

#include <algorithm>
#include <ctime>

namespace portcullis::proxy {
namespace {

admin::unix_time parsed(const std::string& iso8601) {
    std::tm parts{};
    return ::strptime(iso8601.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) == nullptr ? 0 : ::timegm(&parts);
}

class collection {
public:
    void add(const std::string& used_by, const std::string& setting, const std::filesystem::path& file) {
        if (file.empty()) return;
        const auto described = certs::describe_file(file);
        if (!described) return;
        for (const auto& each : *described) {
            const bool again = std::any_of(found_.begin(), found_.end(), [&](const admin::certificate_facts& known) {
                return known.used_by == used_by && known.setting == setting && known.file == file.string() &&
                       known.fingerprint == each.fingerprint;
            });
            if (again) continue;
            found_.push_back({used_by, setting, file.string(), each.subject, each.issuer, each.serial,
                              parsed(each.not_before), parsed(each.not_after), each.key, each.is_ca, each.names,
                              each.fingerprint});
        }
    }

    [[nodiscard]] std::vector<admin::certificate_facts> take() { return std::move(found_); }

private:
    std::vector<admin::certificate_facts> found_;
};

}  // namespace

std::vector<admin::certificate_facts> certificates_in_use(const config::configuration& settings) {
    collection found;
    for (const auto& each : settings.listeners) {
        for (const auto& pair : each.tls.pairs) found.add("listener " + each.name, "ssl_cert", pair.cert);
        found.add("listener " + each.name, "ssl_ca", each.tls.ca);
    }
    for (const auto& each : settings.clusters) {
        found.add("cluster " + each.name, "ssl_cert", each.tls.pair.cert);
        found.add("cluster " + each.name, "ssl_ca", each.tls.ca);
    }
    for (const auto& pair : settings.admin.tls.pairs) found.add("admin", "ssl_cert", pair.cert);
    return found.take();
}

}  // namespace portcullis::proxy
