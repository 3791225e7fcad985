// The audit file. Not spdlog's rotating sink: through stdio a full disk leaves half a line, and whether a line is on
// its way to the disk is known too late to refuse the login that it is of.
#include "proxy/observe/audit_sink.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace portcullis::observe {
namespace {

constexpr mode_t owner_only = 0600;
constexpr mode_t owner_and_group = 0660;

class audit_file final : public audit_sink {
public:
    explicit audit_file(const config::audit& settings)
        : name_(settings.file), largest_(settings.max_file_size), kept_(settings.max_files) {}

    /// `mode`: of a file that is not there yet.
    [[nodiscard]] bool open(mode_t mode) {
        file_descriptor opened(
            ::open(name_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, owner_only));
        struct stat facts {};
        if (!opened.is_open() || ::fstat(opened.get(), &facts) != 0) return false;
        regular_ = S_ISREG(facts.st_mode);
        if (regular_ && facts.st_size == 0 && mode != owner_only) ::fchmod(opened.get(), mode);
        size_ = regular_ ? static_cast<std::uint64_t>(facts.st_size) : 0;
        file_ = std::move(opened);
        return true;
    }

    std::string write(std::string_view /*event*/, std::string_view line) override {
        const auto text = std::string(line) + '\n';
        if (regular_ && size_ > 0 && size_ + text.size() > largest_) rotate();
        const auto written = ::write(file_.get(), text.data(), text.size());
        if (written == static_cast<ssize_t>(text.size())) {
            size_ += text.size();
            return {};
        }
        auto failure = written < 0 ? failure_of(name_.string()) : name_.string() + ": no space for a whole record";
        if (written > 0 && regular_ && !take_back(written)) failure += ", and half of one is left there";
        return failure;
    }

private:
    /// What a full disk took of a line would make the next one unreadable. Not where another process, which takes over
    /// or is taken over from, has written behind it.
    [[nodiscard]] bool take_back(ssize_t written) {
        struct stat facts {};
        const auto end = ::lseek(file_.get(), 0, SEEK_CUR);
        if (::fstat(file_.get(), &facts) != 0 || facts.st_size != end) return false;
        return ::ftruncate(file_.get(), end - written) == 0;
    }

    [[nodiscard]] std::filesystem::path numbered(unsigned number) const {
        return name_.string() + '.' + std::to_string(number);
    }

    /// NAME is NAME.1 then, and so on. Where that fails records still go to the file that is open.
    void rotate() {
        struct stat facts {};
        if (::fstat(file_.get(), &facts) != 0) return;
        std::error_code failed;
        if (std::filesystem::exists(name_, failed)) {  // else it was renamed, and the next could not be opened
            for (unsigned number = kept_; number > 1; --number)
                std::filesystem::rename(numbered(number - 1), numbered(number), failed);
            std::filesystem::rename(name_, numbered(1), failed);
            if (failed) return;
        }
        [[maybe_unused]] const bool opened = open(facts.st_mode & owner_and_group);
    }

    std::filesystem::path name_;
    std::uint64_t largest_;
    unsigned kept_;
    file_descriptor file_;
    bool regular_ = true;
    std::uint64_t size_ = 0;
};

}  // namespace

std::unique_ptr<audit_sink> open_audit_file(const config::audit& settings, std::string& problem) {
    auto made = std::make_unique<audit_file>(settings);
    if (made->open(owner_only)) return made;
    problem = failure_of(settings.file.string());
    return nullptr;
}

std::string failure_of(std::string_view subject) {
    return std::string(subject) + ": " + std::generic_category().message(errno);
}

file_descriptor::~file_descriptor() {
    if (value_ >= 0) ::close(value_);
}

}  // namespace portcullis::observe
