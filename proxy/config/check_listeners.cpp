#include "proxy/config/check.hpp"
#include "proxy/config/nearest.hpp"
#include "proxy/config/reader.hpp"

namespace portcullis::config {
namespace {

std::string path_of(std::size_t index) {
    return "listener[" + std::to_string(index) + "]";
}

bool was_read(const endpoint& address) {
    return address.is_unix() || address.port != 0;
}

void check_cluster_exists(const configuration& settings, std::size_t index, const finder& report) {
    const auto& each = settings.listeners[index];
    if (settings.clusters.empty() || settings.find_cluster(each.cluster) != nullptr) return;
    std::vector<std::string_view> names;
    for (const auto& cluster : settings.clusters) names.push_back(cluster.name);
    const auto meant = nearest(each.cluster, names);
    report.error(path_of(index) + ".cluster",
                 "listener " + in_quotes(each.name) + ": cluster " + in_quotes(each.cluster) + " is not configured; " +
                     (meant ? "did you mean " + in_quotes(*meant) + "?" : "there are " + one_of(names)));
}

void check_repeated(const configuration& settings, std::size_t index, const finder& report) {
    const auto& each = settings.listeners[index];
    bool same_name = false;
    bool same_address = false;
    for (std::size_t i = 0; i < index; ++i) {
        const auto& other = settings.listeners[i];
        same_name |= !each.name.empty() && other.name == each.name;
        same_address |= was_read(each.address) && other.address == each.address;
    }
    if (same_name)
        report.error(path_of(index) + ".name",
                     "listener " + in_quotes(each.name) + ": another listener has the same name");
    if (same_address)
        report.error(path_of(index) + ".address", "listener " + in_quotes(each.name) +
                                                      ": another listener has the address " +
                                                      in_quotes(each.address.to_string()));
}

}  // namespace

void check_listeners(const configuration& settings, const finder& report) {
    for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
        check_cluster_exists(settings, i, report);
        check_repeated(settings, i, report);
    }
    if (settings.listeners.empty()) report.error("listener", "there is no [[listener]], so nobody could connect");
}

}  // namespace portcullis::config
