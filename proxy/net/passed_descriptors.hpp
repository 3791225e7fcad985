// Text and, beside it, open descriptors from one process to another over a unix stream socket (unix(7), SCM_RIGHTS).
// Knows nothing of what they mean.
#pragma once

#include "proxy/net/asio.hpp"
#include "proxy/net/descriptor.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace portcullis::net {

/// The kernel's SCM_MAX_FD: as many go with one message.
inline constexpr std::size_t most_passed_descriptors = 253;

/// Sends `text` whole, the descriptors with its first byte; no more than most_passed_descriptors. Never blocks: the
/// socket's buffer must have room. Errors: the system's.
[[nodiscard]] error_code send_with_descriptors(int socket, std::string_view text, std::span<const int> descriptors);

/// What has come: its length (0: the peer ended the connection) and the descriptors that came with it, behind those
/// that are in `descriptors`. More than fit are an error. Errors: the system's.
[[nodiscard]] result<std::size_t> receive_with_descriptors(int socket, std::span<char> text,
                                                           std::vector<descriptor>& descriptors);

/// The process at the other end, if it belongs to this process' user or to root (SO_PEERCRED).
[[nodiscard]] std::optional<pid_t> peer_of_same_user(int socket);

}  // namespace portcullis::net
