// Valid messages of both sides, the blocks that a script is built from: they take the fuzzer where random bytes never
// come. Written with protocol/; what the gate makes of them is looked at without it.
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/capabilities.hpp"

#include <cstdint>
#include <string_view>

namespace portcullis::fuzzing {

/// What clients with a password on a readable way send. Must be seen on no leg where it can be read.
inline constexpr std::string_view password = "readable password";

/// The scramble of every AuthSwitchRequest here.
[[nodiscard]] protocol::bytes scramble();

[[nodiscard]] std::string_view user_name(std::uint8_t choice);
[[nodiscard]] std::string_view plugin_name(std::uint8_t choice);

// Of the client. `choice` picks one of a few; any value is good.
[[nodiscard]] protocol::bytes login(std::string_view user, std::uint8_t flags);
[[nodiscard]] protocol::bytes change_user(std::string_view user, protocol::capability_flags negotiated);
[[nodiscard]] protocol::bytes query(protocol::bytes_view text, protocol::capability_flags negotiated);
/// Of the client itself, of others on the second member, or of nobody.
[[nodiscard]] protocol::bytes kill(std::uint8_t choice, protocol::capability_flags negotiated);
[[nodiscard]] protocol::bytes ssl_request();

// Of an aggregator.
[[nodiscard]] protocol::bytes greeting(std::uint8_t choice);
[[nodiscard]] protocol::bytes auth_switch(std::uint8_t choice);
[[nodiscard]] protocol::bytes more_data(protocol::bytes_view data);
[[nodiscard]] protocol::bytes ok(std::uint8_t status);
[[nodiscard]] protocol::bytes eof(std::uint8_t status);
[[nodiscard]] protocol::bytes err(std::uint8_t choice);
[[nodiscard]] protocol::bytes prepared(std::uint8_t parameters, std::uint8_t columns);

}  // namespace portcullis::fuzzing
