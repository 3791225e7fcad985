// One record of the audit log: a JSON object on a line of its own, whose schema CONFIGURATION.md has.
// Pure text; proxy/observe/audit writes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::observe {

class audit_record {
public:
    /// `event` is one of the schema's names.
    audit_record(std::string_view event, int instance,
                 std::chrono::system_clock::time_point when = std::chrono::system_clock::now());

    // A key is given once. Values may come from strangers: what is no plain text is escaped.

    audit_record& add(std::string_view key, std::string_view value);
    audit_record& add(std::string_view key, const char* value) { return add(key, std::string_view(value)); }
    audit_record& add(std::string_view key, bool value);
    audit_record& add(std::string_view key, std::uint64_t value);
    audit_record& add_seconds(std::string_view key, std::chrono::nanoseconds value);

    [[nodiscard]] std::string_view event() const { return event_; }
    /// Without a line end.
    [[nodiscard]] std::string line() const { return text_ + '}'; }

private:
    void add_raw(std::string_view key, std::string_view value);

    std::string event_;
    std::string text_;
};

}  // namespace portcullis::observe
