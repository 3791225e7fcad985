// Notices that files are no longer what they were: written anew, renamed over, or behind a symbolic link that points
// elsewhere (Kubernetes swaps ..data). inotify(7) tells at once where it can; a look now and then sees the rest, such
// as what another host did to a network file system.
#pragma once

#include "proxy/net/asio.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace portcullis::net {

/// A file as it was when it was looked at; the same values mean the same content.
struct watched_file {
    std::filesystem::path path;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;  ///< 0: there is none
    std::int64_t size = 0;
    std::int64_t modified = 0;  ///< nanoseconds
    std::int64_t changed = 0;

    bool operator==(const watched_file&) const = default;
};

/// Follows symbolic links.
[[nodiscard]] watched_file look_at(const std::filesystem::path& file);

class file_watch {
public:
    /// `interval`: between two looks without a word from the kernel.
    file_watch(asio::io_context& context, std::chrono::milliseconds interval);

    /// From now on these, which are other files if they are not as given here.
    void watch(std::vector<watched_file> files);

    /// Returns once a file is another than it was, and none has changed for a moment: who writes a certificate and then
    /// its key is let finish. An error: the context ends.
    [[nodiscard]] awaitable<error_code> changed();

private:
    void add_folder(const std::filesystem::path& folder);
    [[nodiscard]] awaitable<error_code> wait(std::chrono::milliseconds at_most);
    /// Looks at all; true if one is another than before.
    [[nodiscard]] bool look_again();

    const std::chrono::milliseconds interval_;
    asio::posix::stream_descriptor inotify_;  ///< closed where there is none
    asio::steady_timer timer_;
    std::vector<int> watches_;
    std::vector<watched_file> files_;
};

}  // namespace portcullis::net
