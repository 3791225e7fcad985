#include "proxy/observe/service_manager.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace portcullis::observe {
namespace {

using namespace std::chrono_literals;

/// A service manager: the datagram socket that NOTIFY_SOCKET names, in the abstract namespace.
class service_manager : public testing::Test {
protected:
    void SetUp() override {
        const std::string name = "portcullis-test-" + std::to_string(::getpid());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + 1, name.data(), name.size());
        socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        ASSERT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length), 0);
        ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    }

    void TearDown() override {
        ::unsetenv("NOTIFY_SOCKET");
        if (socket_ >= 0) ::close(socket_);
    }

    std::string told() const {
        std::array<char, 256> text{};
        const auto length = ::recv(socket_, text.data(), text.size(), 0);
        return length < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(length));
    }

    int socket_ = -1;
};

TEST_F(service_manager, is_told_that_the_gate_is_ready) {
    tell_ready(false);
    EXPECT_EQ(told(), "READY=1");
}

TEST_F(service_manager, is_told_which_process_is_the_gate_after_a_takeover) {
    tell_ready(true);
    EXPECT_EQ(told(), "READY=1\nMAINPID=" + std::to_string(::getpid()));
}

TEST_F(service_manager, is_asked_to_wait_for_the_end_of_the_drain) {
    tell_stopping(30s);
    EXPECT_EQ(told(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=35000000");
}

TEST_F(service_manager, that_is_not_there_hears_nothing) {
    ::unsetenv("NOTIFY_SOCKET");
    tell_ready(false);
    EXPECT_EQ(told(), "");
}

TEST_F(service_manager, that_has_gone_stops_nothing) {
    ::close(socket_);
    socket_ = -1;
    tell_ready(false);
}

}  // namespace
}  // namespace portcullis::observe
