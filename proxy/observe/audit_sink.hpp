// Where audit records go: a file, a stream, a syslog daemon. Each writes at once and waits for nobody but the disk.
// Knows no record; what happens after a failure is proxy/observe/audit's.
#pragma once

#include "proxy/config/config.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace portcullis::observe {

class audit_sink {
public:
    virtual ~audit_sink() = default;
    audit_sink() = default;
    audit_sink(const audit_sink&) = delete;
    audit_sink& operator=(const audit_sink&) = delete;

    /// The whole line or nothing of it; the reason in words where it failed. `event` is the record's.
    [[nodiscard]] virtual std::string write(std::string_view event, std::string_view line) = 0;
};

// Each: null, and the reason in `problem`, where it cannot be opened.

[[nodiscard]] std::unique_ptr<audit_sink> open_audit_file(const config::audit& settings, std::string& problem);
[[nodiscard]] std::unique_ptr<audit_sink> open_audit_stream(int descriptor, std::string& problem);
/// A daemon that is not there is no problem yet: it may come.
[[nodiscard]] std::unique_ptr<audit_sink> open_audit_syslog(const config::audit& settings, std::string& problem);

/// "Who: what strerror says of errno".
[[nodiscard]] std::string failure_of(std::string_view subject);

/// Closed at its end of life.
class file_descriptor {
public:
    explicit file_descriptor(int value = -1) : value_(value) {}
    file_descriptor(file_descriptor&& other) noexcept : value_(other.value_) { other.value_ = -1; }
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~file_descriptor();
    [[nodiscard]] int get() const { return value_; }
    [[nodiscard]] bool is_open() const { return value_ >= 0; }

private:
    int value_;
};

}  // namespace portcullis::observe
