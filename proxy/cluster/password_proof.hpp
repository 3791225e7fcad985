// How a client proves a password to a server: for the gate's own health account, the one password it may be told.
// Sessions of clients never come here: their authentication is relayed.
#pragma once

#include "protocol/bytes.hpp"

#include <string_view>

namespace portcullis::cluster {

/// mysql_native_password: SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password))). Empty for an empty password.
/// Source: MySQL Internals, "Secure Password Authentication".
[[nodiscard]] protocol::bytes prove_native(std::string_view password, protocol::bytes_view scramble);

/// caching_sha2_password, fast path: SHA256(password) XOR SHA256(SHA256(SHA256(password)) + scramble).
/// Source: MySQL Internals, "Caching SHA-2 pluggable authentication".
[[nodiscard]] protocol::bytes prove_caching_sha2(std::string_view password, protocol::bytes_view scramble);

}  // namespace portcullis::cluster
