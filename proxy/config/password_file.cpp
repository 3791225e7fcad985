#include "proxy/config/password_file.hpp"

#include "certs/secret_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace portcullis::config {
namespace {

constexpr std::size_t longest_password = 1024;

class descriptor {
public:
    // A FIFO must not make the start wait for a writer.
    explicit descriptor(const std::filesystem::path& file)
        : value_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    [[nodiscard]] int get() const { return value_; }

private:
    int value_;
};

std::string cannot_read(const std::string& name) {
    if (errno == ENOENT) return name + " does not exist";
    return "cannot read " + name + ": " + std::generic_category().message(errno);
}

/// The descriptor is asked, not the path: what is checked is what is read.
std::string unfit(int file, const std::string& name) {
    struct stat facts {};
    if (::fstat(file, &facts) != 0) return cannot_read(name);
    if (!S_ISREG(facts.st_mode)) return name + " is not a regular file";
    if (certs::is_open_to_others(facts, ::geteuid()))
        return name + " may be used by group or others; mend it with: chmod 600 " + name;
    return {};
}

}  // namespace

std::string read_password_file(const std::filesystem::path& file, std::string& password) {
    const auto name = file.string();
    const descriptor opened(file);
    if (opened.get() < 0) return cannot_read(name);
    if (auto reason = unfit(opened.get(), name); !reason.empty()) return reason;

    std::array<char, longest_password + 2> buffer{};
    std::size_t size = 0;
    while (size < buffer.size()) {
        const auto got = ::read(opened.get(), buffer.data() + size, buffer.size() - size);
        if (got < 0) return cannot_read(name);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    std::string content(buffer.data(), size);
    if (content.ends_with('\n')) content.pop_back();
    if (content.ends_with('\r')) content.pop_back();
    if (content.size() > longest_password) return name + " is longer than a password of 1024 bytes";
    if (content.empty()) return name + " is empty";
    if (content.find('\0') != std::string::npos) return name + " holds a NUL byte, which no password can";
    password = std::move(content);
    return {};
}

}  // namespace portcullis::config
