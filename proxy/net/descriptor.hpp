// A file descriptor that somebody owns: closed with its owner.
#pragma once

#include <unistd.h>
#include <utility>

namespace portcullis::net {

class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int value) : value_(value) {}
    descriptor(descriptor&& other) noexcept : value_(other.release()) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~descriptor() {
        if (value_ >= 0) ::close(value_);
    }

    [[nodiscard]] int get() const { return value_; }
    [[nodiscard]] int release() { return std::exchange(value_, -1); }
    explicit operator bool() const { return value_ >= 0; }

private:
    int value_ = -1;
};

}  // namespace portcullis::net
