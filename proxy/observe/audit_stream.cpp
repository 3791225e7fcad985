// Standard output as the audit log's destination: a pipe, a terminal, a socket of the service manager, a file.
// A reader that does not read is not waited for.
#include "proxy/observe/audit_sink.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace portcullis::observe {
namespace {

constexpr std::string_view name = "standard output";

class audit_stream final : public audit_sink {
public:
    audit_stream(file_descriptor stream, bool is_socket) : stream_(std::move(stream)), is_socket_(is_socket) {}

    std::string write(std::string_view /*event*/, std::string_view line) override {
        if (!send_rest()) return failure_of(name);
        rest_ = std::string(line) + '\n';
        const auto whole = rest_.size();
        if (send_rest() || rest_.size() < whole) return {};  // what is left of a line goes before the next
        rest_.clear();
        return failure_of(name);
    }

private:
    bool send_rest() {
        while (!rest_.empty()) {
            const auto sent = is_socket_
                                  ? ::send(stream_.get(), rest_.data(), rest_.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                  : ::write(stream_.get(), rest_.data(), rest_.size());
            if (sent < 0 && errno == EINTR) continue;
            if (sent < 0) return false;
            rest_.erase(0, static_cast<std::size_t>(sent));
        }
        return true;
    }

    file_descriptor stream_;
    bool is_socket_;
    std::string rest_;  ///< of a line whose beginning is gone
};

}  // namespace

std::unique_ptr<audit_sink> open_audit_stream(int descriptor, std::string& problem) {
    struct stat facts {};
    file_descriptor stream;
    if (::fstat(descriptor, &facts) == 0 && (S_ISFIFO(facts.st_mode) || S_ISCHR(facts.st_mode))) {
        // Of its own: O_NONBLOCK on the inherited one would be everybody's who shares it.
        const auto again = "/proc/self/fd/" + std::to_string(descriptor);
        stream = file_descriptor(::open(again.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    }
    if (!stream.is_open()) stream = file_descriptor(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (!stream.is_open()) {
        problem = failure_of(name);
        return nullptr;
    }
    return std::make_unique<audit_stream>(std::move(stream), S_ISSOCK(facts.st_mode));
}

}  // namespace portcullis::observe
