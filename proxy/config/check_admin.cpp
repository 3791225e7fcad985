#include "proxy/config/check.hpp"
#include "proxy/config/reader.hpp"

namespace portcullis::config {
namespace {

/// Names are not looked up here; only one of them means this machine to everybody.
bool stays_on_this_machine(const endpoint& address) {
    const auto ip = ip_address::parse(address.host);
    return ip ? ip->is_loopback() : address.host == "localhost";
}

}  // namespace

void check_admin(const configuration& settings, const finder& report) {
    const auto& admin = settings.admin;
    const bool tls = !admin.tls.pairs.empty();
    if (admin.address && !tls && !stays_on_this_machine(*admin.address))
        report.error("admin.address", "[admin] address: " + in_quotes(admin.address->to_string()) +
                                          " is reached from other machines, where tokens would travel in the clear: "
                                          "give it 'ssl_cert' and 'ssl_key', or a loopback address");
    if (!admin.address && tls) report.error("admin.ssl_cert", "[admin] ssl_cert: has no use without 'address'");
    for (const auto& each : settings.listeners) {
        if (admin.address && each.address == *admin.address)
            report.error("admin.address", "[admin] address: listener " + in_quotes(each.name) + " has the same");
        if (!admin.socket.empty() && each.address.unix_path == admin.socket)
            report.error("admin.socket", "[admin] socket: listener " + in_quotes(each.name) + " has the same");
    }
}

}  // namespace portcullis::config
