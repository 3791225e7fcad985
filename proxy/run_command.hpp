// `portcullis run`: from a configuration file to a serving gate, and its orderly end.
// The one place that knows every room.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace portcullis::proxy {

/// Serves until SIGTERM or SIGINT, then drains: no new connections once timeouts.drain_notice is over, the sessions end
/// by themselves or at timeouts.drain. A second signal ends them at once. Returns the exit code: 1 if the
/// configuration, a certificate or an address was refused, in which case nothing was started and every problem is on
/// `err`. `take_over`: from the gate that listens at gate.takeover_socket, if there is one: its listening sockets,
/// while its sessions go on in it. 1 also if that gate would not; it serves on then.
[[nodiscard]] int run_command(const std::filesystem::path& file, bool take_over, std::ostream& err);

}  // namespace portcullis::proxy
