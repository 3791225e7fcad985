// Values of more than one word that several tables share: names, addresses, networks, TLS versions.
// Each reports what it cannot take and then leaves `out` alone, as the reader's own do.
#pragma once

#include "certs/tls_version.hpp"
#include "proxy/config/address.hpp"
#include "proxy/config/reader.hpp"

#include <string>
#include <sys/un.h>
#include <vector>

namespace portcullis::config {

inline constexpr std::size_t longest_unix_path = sizeof(sockaddr_un::sun_path) - 1;

/// What the MySQL TLS variables mean where they are left out: TLSv1.2 and TLSv1.3.
[[nodiscard]] certs::tls_version_set default_tls_versions();

/// Of a listener or a cluster: letters, digits, '-' and '_', so that it fits in logs, metrics and key paths.
[[nodiscard]] bool is_name(std::string_view text);
bool read_name(reader& in, std::string& out);
/// "host:port", "[::1]:port" or "unix:PATH"; the path is made absolute against the file's folder.
bool read_endpoint(reader& in, endpoint& out);
bool read_networks(reader& in, std::vector<network>& out);
bool read_tls_versions(reader& in, certs::tls_version_set& out);

}  // namespace portcullis::config
