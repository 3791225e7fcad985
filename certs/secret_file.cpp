#include "certs/secret_file.hpp"

#include "certs/error.hpp"
#include "certs/printable.hpp"

#include <openssl/crypto.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace portcullis::certs {
namespace {

constexpr std::size_t largest_file = std::size_t{64} << 20U;

boost::system::error_code last_system_error() {
    return {errno, boost::system::system_category()};
}

class open_file {
public:
    /// O_NONBLOCK: opening a pipe must not wait for a writer.
    explicit open_file(const char* path) : descriptor_(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
    ~open_file() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    [[nodiscard]] int get() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace

secret_text::secret_text(secret_text&& other) noexcept
    : text(std::exchange(other.text, {})), open_to_others(other.open_to_others) {}

secret_text::~secret_text() {
    OPENSSL_cleanse(text.data(), text.size());
}

boost::system::result<secret_text> read_secret_text(const std::filesystem::path& file) {
    if (file.empty() || file.native().find('\0') != std::string::npos) return errc::bad_path;
    const open_file opened(file.c_str());
    if (opened.get() < 0) return last_system_error();
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0) return last_system_error();
    if (S_ISDIR(status.st_mode)) return make_error_code(boost::system::errc::is_a_directory);
    if (!S_ISREG(status.st_mode)) return errc::not_a_regular_file;
    if (std::cmp_greater(status.st_size, largest_file)) return errc::file_too_large;

    secret_text contents;
    contents.open_to_others = is_open_to_others(status, ::geteuid());
    // One allocation, so that no copy of a key stays behind; a file that grows while it is read is cut here.
    contents.text.resize(static_cast<std::size_t>(status.st_size));
    std::size_t length = 0;
    while (length < contents.text.size()) {
        const auto count = ::read(opened.get(), contents.text.data() + length, contents.text.size() - length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return last_system_error();
        if (count == 0) break;
        length += static_cast<std::size_t>(count);
    }
    contents.text.resize(length);
    return contents;
}

std::string unreadable(const std::filesystem::path& file, const std::string& kind,
                       const boost::system::error_code& why) {
    const std::string name = file.empty() ? "''" : printable(file.native());
    if (why == boost::system::errc::no_such_file_or_directory)
        return name + " does not exist: correct the path or put the file there";
    if (why == boost::system::errc::permission_denied)
        return name + " may not be read by user id " + std::to_string(::geteuid()) +
               ": let it own the file and enter every folder on the way";
    if (why == boost::system::errc::is_a_directory) return name + " is a directory: name the " + kind + " in it";
    return name + " cannot be read: " + why.message();
}

std::string too_open(const std::filesystem::path& file, const std::string& holds) {
    return printable(file.native()) + " holds " + holds +
           " and may be read or written by others than its owner: chmod 600 " + shell_word(file);
}

}  // namespace portcullis::certs
