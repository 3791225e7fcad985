#include "proxy/config/certificate_files.hpp"

#include <algorithm>

namespace portcullis::config {
namespace {

void add(const certs::certificate_pair& pair, std::vector<std::filesystem::path>& files) {
    files.push_back(pair.cert);
    files.push_back(pair.key);
}

}  // namespace

std::vector<std::filesystem::path> certificate_files(const configuration& settings) {
    std::vector<std::filesystem::path> files{settings.gate.rsa_private_key, settings.gate.ticket_keys};
    for (const auto& each : settings.listeners) {
        files.insert(files.end(), {each.tls.ca, each.tls.crl});
        for (const auto& pair : each.tls.pairs) add(pair, files);
    }
    for (const auto& each : settings.clusters) {
        if (each.ssl_mode == ssl_mode::disabled) continue;
        files.insert(files.end(), {each.tls.ca, each.tls.crl});
        add(each.tls.pair, files);
    }
    for (const auto& pair : settings.admin.tls.pairs) add(pair, files);
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    if (!files.empty() && files.front().empty()) files.erase(files.begin());
    return files;
}

}  // namespace portcullis::config
