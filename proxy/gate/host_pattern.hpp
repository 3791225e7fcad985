// The HOST part of user@HOST: addresses, '%' and '_' patterns, netmasks, CIDR, 'localhost', and their precedence.
// Source: MySQL Reference Manual, "Specifying Account Names" and "Access Control, Stage 1". Resolves no names.
#pragma once

#include "proxy/config/address.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace portcullis::gate {

struct client_origin;

class host_pattern {
public:
    /// "10.1.2.3", "10.%", "192.168.1._", "10.0.0.0/255.0.0.0", "10.0.0.0/8", "::1", "%", "" (as '%'), "localhost"
    /// (unix sockets and loopback addresses). Other names are refused: the gate does not resolve client names.
    [[nodiscard]] static std::optional<host_pattern> parse(std::string_view text);

    [[nodiscard]] bool matches(const client_origin& from) const;

    /// Strict weak order: true if this one is tried before `other`. Literal addresses and localhost first, then
    /// networks with longer masks first, then patterns by the position of their first wildcard, then '%', then ''.
    [[nodiscard]] bool more_specific_than(const host_pattern& other) const;

private:
    struct literal {
        config::ip_address address;
    };
    struct localhost {};
    struct masked {
        config::network net;
    };
    struct wildcard {
        std::string text;
    };

    std::variant<literal, localhost, masked, wildcard> form_;
    std::string text_;
};

}  // namespace portcullis::gate
