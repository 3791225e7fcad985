#include "certs/new_files.hpp"

#include "certs/printable.hpp"
#include "certs/random.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <stdio.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace portcullis::certs {
namespace {

std::error_code last_error() {
    return {errno, std::system_category()};
}

std::error_code write_text(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return last_error();
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    // Some file systems tell of a full disk only now.
    return ::fsync(descriptor) == 0 ? std::error_code() : last_error();
}

std::string random_word() {
    std::array<std::uint8_t, 6> bytes{};
    if (!fill_random(bytes)) return "new";
    std::string word;
    for (const auto each : bytes) word += static_cast<char>('a' + each % 26);
    return word;
}

/// O_EXCL: neither a link that somebody laid there is followed, nor a file with a wider mode reused.
std::error_code write_new(const std::filesystem::path& path, const new_file& file) {
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file.secret ? 0600 : 0644);
    if (descriptor < 0) return last_error();
    const auto failed = write_text(descriptor, file.text);
    const bool closed = ::close(descriptor) == 0;
    if (failed) return failed;
    return closed ? std::error_code() : last_error();
}

/// rename() that fails with EEXIST instead of replacing; not every file system knows how, but those that do not have
/// hard links.
std::error_code name_new(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno != EINVAL && errno != ENOSYS) return last_error();
    if (::link(from.c_str(), to.c_str()) != 0) return last_error();
    ::unlink(from.c_str());
    return {};
}

std::error_code name_over(const std::filesystem::path& from, const std::filesystem::path& to) {
    return ::rename(from.c_str(), to.c_str()) == 0 ? std::error_code() : last_error();
}

/// Temporary files, gone with this object unless they have been given their names.
class staged_files {
public:
    staged_files() = default;
    staged_files(const staged_files&) = delete;
    staged_files& operator=(const staged_files&) = delete;
    ~staged_files() {
        for (const auto& path : paths_) ::unlink(path.c_str());
    }

    std::error_code add(const new_file& file) {
        auto path = file.path;
        path.replace_filename("." + file.path.filename().native() + "." + random_word() + ".tmp");
        const auto failed = write_new(path, file);
        if (failed != std::errc::file_exists) paths_.push_back(path);
        return failed;
    }
    [[nodiscard]] const std::filesystem::path& operator[](std::size_t index) const { return paths_[index]; }

private:
    std::vector<std::filesystem::path> paths_;
};

void report(problems& found, const std::string& setting, const std::filesystem::path& path, std::error_code why,
            const std::string& state) {
    found.push_back({problem::severity::error, setting,
                     "cannot write " + printable(path.native()) + ": " + why.message() + "; " + state});
}

/// Makes the names themselves survive a crash. Not every file system can; what it is good for is done by then.
void sync_folder(const std::filesystem::path& directory) {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

bool make_folder(const std::filesystem::path& directory, const std::string& setting, problems& found) {
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    if (!failed && std::filesystem::is_directory(directory, failed)) return true;
    found.push_back({problem::severity::error, setting,
                     "cannot make the folder " + printable(directory.native()) + ": " +
                         (failed ? failed.message() : "something that is no folder has that name") +
                         "; nothing was written"});
    return false;
}

}  // namespace

bool write_all(const std::filesystem::path& directory, const std::vector<new_file>& files, bool replace,
               const std::string& setting, problems& found) {
    if (!make_folder(directory, setting, found)) return false;
    staged_files staged;
    for (const auto& file : files) {
        const auto failed = staged.add(file);
        if (!failed) continue;
        report(found, setting, file.path, failed, "nothing was written");
        return false;
    }
    for (std::size_t index = 0; index < files.size(); ++index) {
        const auto failed =
            replace ? name_over(staged[index], files[index].path) : name_new(staged[index], files[index].path);
        if (!failed) continue;
        std::string state = "nothing was written";
        for (std::size_t done = 0; done < index; ++done) {
            if (replace)
                state = "the files before it have been replaced already: run the command again";
            else
                ::unlink(files[done].path.c_str());
        }
        report(found, setting, files[index].path, failed, state);
        return false;
    }
    sync_folder(directory);
    return true;
}

}  // namespace portcullis::certs
