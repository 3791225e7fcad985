#include "proxy/session/gate_attributes.hpp"

#include "protocol/connect_attributes.hpp"

#include <array>

namespace portcullis::session {
namespace {

constexpr std::string_view client_ip = "_client_ip";
constexpr std::string_view client_port = "_client_port";
constexpr std::string_view client_ssl_version = "_client_ssl_version";
constexpr std::string_view client_ssl_cipher = "_client_ssl_cipher";
constexpr std::array reserved{client_ip, client_port, client_ssl_version, client_ssl_cipher};

}  // namespace

protocol::bytes attributes_for_aggregator(const state& s) {
    if (!s.door->target->settings().connect_attributes) return s.who.connect_attributes;
    const auto address = s.from.address ? s.from.address->to_string() : std::string();
    const auto port = std::to_string(s.port);
    std::vector<protocol::connect_attribute> ours;
    if (s.from.address) {  // a unix socket has neither
        ours.push_back({client_ip, address});
        ours.push_back({client_port, port});
    }
    if (s.client_tls) {
        ours.push_back({client_ssl_version, s.client_tls->version});
        ours.push_back({client_ssl_cipher, s.client_tls->cipher});
    }
    return protocol::with_own_attributes(s.who.connect_attributes, ours, reserved);
}

protocol::capability_flags attributes_flag(const state& s) {
    return s.door->target->settings().connect_attributes ? protocol::client_connect_attrs : 0;
}

}  // namespace portcullis::session
