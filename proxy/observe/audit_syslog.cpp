// A syslog daemon as the audit log's destination: RFC 5424 in one datagram, over a unix socket or UDP (RFC 5426).
// Of datagrams only what the kernel refuses is known to be lost.
#include "proxy/observe/audit_sink.hpp"
#include "proxy/observe/quoted.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace portcullis::observe {
namespace {

constexpr int severity_notice = 5;

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? std::string(name.data()) : "-";
}

class audit_syslog final : public audit_sink {
public:
    audit_syslog(std::string name, int facility, const sockaddr* address, socklen_t length)
        : name_(std::move(name)),
          head_(fmt::format("<{}>1 ", facility * 8 + severity_notice)),
          origin_(fmt::format(" {} portcullis {} ", host_name(), ::getpid())),
          length_(length) {
        std::memcpy(&address_, address, length);
    }

    std::string write(std::string_view event, std::string_view line) override {
        const auto datagram =
            fmt::format("{}{}{}{} - {}", head_, time_text(std::chrono::system_clock::now()), origin_, event, line);
        // A daemon that was started anew has another socket; a UDP socket first reports what became of the last one.
        for (int attempt = 0; attempt < 2; ++attempt) {
            if (!socket_.is_open() && !connect()) return failure_of(name_);
            if (::send(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return {};
            if (errno == EAGAIN || errno == EMSGSIZE) break;
            auto failure = failure_of(name_);
            socket_ = file_descriptor();
            if (attempt > 0) return failure;
        }
        return failure_of(name_);
    }

private:
    bool connect() {
        file_descriptor made(::socket(address_.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (!made.is_open()) return false;
        if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address_), length_) != 0) return false;
        socket_ = std::move(made);
        return true;
    }

    std::string name_;
    std::string head_;
    std::string origin_;
    sockaddr_storage address_{};
    socklen_t length_;
    file_descriptor socket_;
};

}  // namespace

std::unique_ptr<audit_sink> open_audit_syslog(const config::audit& settings, std::string& problem) {
    const auto& to = settings.syslog;
    const auto facility = static_cast<int>(settings.facility);
    if (to.is_unix()) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        to.unix_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        return std::make_unique<audit_syslog>(to.to_string(), facility, reinterpret_cast<const sockaddr*>(&address),
                                              socklen_t{sizeof(address)});
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found)) {
        problem = to.to_string() + ": " + ::gai_strerror(error);
        return nullptr;
    }
    auto made = std::make_unique<audit_syslog>(to.to_string(), facility, found->ai_addr, found->ai_addrlen);
    ::freeaddrinfo(found);
    return made;
}

}  // namespace portcullis::observe
