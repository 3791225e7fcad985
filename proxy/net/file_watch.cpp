#include "proxy/net/file_watch.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <array>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace portcullis::net {
namespace {

using namespace std::chrono_literals;

/// Without a change for so long whoever changes files is taken to be ready.
constexpr auto settled_after = 300ms;
/// Whoever is not ready by then is not waited for.
constexpr int patience = 20;

std::int64_t nanoseconds(const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

watched_file look_at(const std::filesystem::path& file) {
    watched_file seen{file};
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) return seen;
    seen.device = found.st_dev;
    seen.inode = found.st_ino;
    seen.size = found.st_size;
    seen.modified = nanoseconds(found.st_mtim);
    seen.changed = nanoseconds(found.st_ctim);
    return seen;
}

file_watch::file_watch(asio::io_context& context, std::chrono::milliseconds interval)
    : interval_(interval), inotify_(context), timer_(context) {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor >= 0) inotify_.assign(descriptor);  // else, all instances being taken, the looks must do
}

void file_watch::add_folder(const std::filesystem::path& folder) {
    const int watch = ::inotify_add_watch(inotify_.native_handle(), folder.empty() ? "." : folder.c_str(),
                                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB);
    if (watch >= 0) watches_.push_back(watch);
}

void file_watch::watch(std::vector<watched_file> files) {
    files_ = std::move(files);
    if (!inotify_.is_open()) return;
    for (const auto each : watches_) ::inotify_rm_watch(inotify_.native_handle(), each);
    watches_.clear();
    for (const auto& each : files_) {
        add_folder(each.path.parent_path());  // of the name, for links that are swapped
        std::error_code ignored;
        const auto real = std::filesystem::canonical(each.path, ignored);
        if (!ignored) add_folder(real.parent_path());  // of the file, for what is written in its place
    }
    std::sort(watches_.begin(), watches_.end());
    watches_.erase(std::unique(watches_.begin(), watches_.end()), watches_.end());
}

bool file_watch::look_again() {
    bool other = false;
    for (auto& each : files_) {
        auto now = look_at(each.path);
        other = other || now != each;
        each = std::move(now);
    }
    return other;
}

awaitable<error_code> file_watch::wait(std::chrono::milliseconds at_most) {
    using namespace asio::experimental::awaitable_operators;
    timer_.expires_after(at_most);
    if (!inotify_.is_open()) {
        auto [error] = co_await timer_.async_wait(yield);
        co_return error;
    }
    auto told = inotify_.async_wait(asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
    auto late = timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    auto either = std::move(told) || std::move(late);
    const auto first = co_await std::move(either);
    std::array<char, 4096> events{};  // what they say does not matter: the files are looked at
    while (::read(inotify_.native_handle(), events.data(), events.size()) > 0) continue;
    co_return first.index() == 0 ? std::get<0>(std::get<0>(first)) : std::get<0>(std::get<1>(first));
}

awaitable<error_code> file_watch::changed() {
    while (!look_again()) {
        const auto error = co_await wait(interval_);
        if (error) co_return error;
    }
    for (int i = 0; i < patience; ++i) {
        timer_.expires_after(settled_after);
        auto [error] = co_await timer_.async_wait(yield);
        if (error) co_return error;
        if (!look_again()) break;
    }
    co_return error_code{};
}

}  // namespace portcullis::net
