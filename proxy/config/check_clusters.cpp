#include "proxy/config/check.hpp"
#include "proxy/config/reader.hpp"

#include <algorithm>
#include <tuple>

namespace portcullis::config {
namespace {

std::string path_of(const cluster& each) {
    return "cluster." + each.name;
}
std::string subject_of(const cluster& each) {
    return "cluster " + in_quotes(each.name) + ": ";
}

void check_pair(const cluster& each, const finder& report) {
    const bool cert = !each.tls.pair.cert.empty();
    const bool key = !each.tls.pair.key.empty();
    if (cert && !key)
        report.error(path_of(each) + ".ssl_cert", subject_of(each) + "ssl_cert needs its private key in 'ssl_key'");
    if (key && !cert)
        report.error(path_of(each) + ".ssl_key", subject_of(each) + "ssl_key needs its certificate in 'ssl_cert'");
}

/// Files that the mode leaves unused: an error where no TLS is spoken at all, as whoever named them expected some.
void check_unused_files(const cluster& each, const finder& report) {
    const std::tuple<const char*, const std::filesystem::path*, bool> files[] = {
        {"ssl_ca", &each.tls.ca, true},
        {"ssl_crl", &each.tls.crl, true},
        {"ssl_cert", &each.tls.pair.cert, false},
        {"ssl_key", &each.tls.pair.key, false},
    };
    for (const auto& [key, file, verifies] : files) {
        if (file->empty()) continue;
        const auto where = path_of(each) + "." + key;
        if (each.ssl_mode == ssl_mode::disabled)
            report.error(where, subject_of(each) + key +
                                    " contradicts ssl_mode \"DISABLED\"; leave it out or choose another ssl_mode");
        else if (verifies && each.tls.verify == certs::verification::none)
            report.warning(where, subject_of(each) + key +
                                      " is not used, as this ssl_mode verifies no certificate; choose \"VERIFY_CA\" or "
                                      "\"VERIFY_IDENTITY\"");
    }
}

/// Connections that could never be kept, or never be given to another client.
void check_reuse(const cluster& each, const finder& report) {
    if (each.reuse == reuse::off) return;
    const auto where = path_of(each) + ".reuse";
    if (each.proxy_protocol)
        report.error(where, subject_of(each) +
                                "reuse contradicts proxy_protocol: the header with the client's address opens a "
                                "connection and holds for all of it; leave one of them out");
    if (each.ssl_mode == ssl_mode::disabled)
        report.error(where, subject_of(each) +
                                "reuse contradicts ssl_mode \"DISABLED\", as only connections in TLS are kept; leave "
                                "one of them out");
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

void check_aggregators(const cluster& each, const finder& report) {
    if (each.aggregators.empty())
        report.error(path_of(each),
                     subject_of(each) + "there is no [[cluster." + each.name + ".aggregator]] to connect to");
    for (std::size_t i = 0; i < each.aggregators.size(); ++i) {
        const auto& address = each.aggregators[i].address;
        if (!address.is_unix() && address.port == 0) continue;  // reported when it was read
        const auto where = path_of(each) + ".aggregator[" + std::to_string(i) + "].address";
        const auto name = in_quotes(address.to_string());
        const auto same = [&](const aggregator& other) {
            return lower(other.address.to_string()) == lower(address.to_string());
        };
        const auto end = each.aggregators.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::any_of(each.aggregators.begin(), end, same))
            report.error(where, subject_of(each) + "the aggregator " + name + " is listed twice; give it a 'weight'");
        if (address.is_unix() && each.ssl_mode == ssl_mode::verify_identity)
            report.error(where, subject_of(each) + "ssl_mode \"VERIFY_IDENTITY\" has no host to verify at " + name);
    }
}

}  // namespace

void check_clusters(const configuration& settings, const finder& report) {
    if (settings.clusters.empty()) report.error("cluster", "there is no [cluster.NAME], so nothing to connect to");
    for (const auto& each : settings.clusters) {
        check_pair(each, report);
        check_unused_files(each, report);
        check_reuse(each, report);
        check_aggregators(each, report);
        const bool used = std::any_of(settings.listeners.begin(), settings.listeners.end(),
                                      [&](const listener& from) { return from.cluster == each.name; });
        if (!used) report.warning(path_of(each), subject_of(each) + "no listener leads to it");
    }
}

}  // namespace portcullis::config
