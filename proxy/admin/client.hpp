// The other side of the interface, for the command line: one request, one reply.
#pragma once

#include "proxy/config/address.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::admin {

/// Where a gate's administration interface is.
struct place {
    config::endpoint address;
    bool tls = false;
    std::string token;                  ///< empty: none is sent
    std::filesystem::path ca;           ///< verifies the certificate; empty: the system's
    std::chrono::seconds patience{70};  ///< a reload may take a minute
};

/// "unix:PATH", "http://HOST:PORT", "https://HOST:PORT". Nothing for anything else.
[[nodiscard]] std::optional<place> parse_place(std::string_view text);

struct response {
    unsigned status = 0;  ///< of HTTP; 0: there was none
    std::string body;
    std::string failure;             ///< why there was none, in words
    bool refused_by_system = false;  ///< there was none, as this user may not open the socket
};

/// `method` is GET or POST; `body` is JSON, or empty.
[[nodiscard]] response ask(const place& where, const std::string& method, const std::string& target,
                           const std::string& body);

}  // namespace portcullis::admin
