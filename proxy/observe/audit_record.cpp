#include "proxy/observe/audit_record.hpp"

#include "proxy/observe/quoted.hpp"

#include <fmt/format.h>

namespace portcullis::observe {

audit_record::audit_record(std::string_view event, int instance, std::chrono::system_clock::time_point when)
    : event_(event) {
    add("time", time_text(when));
    add("event", event);
    add("instance", static_cast<std::uint64_t>(instance));
}

void audit_record::add_raw(std::string_view key, std::string_view value) {
    text_ += text_.empty() ? '{' : ',';
    append_quoted(text_, key);
    text_ += ':';
    text_ += value;
}

audit_record& audit_record::add(std::string_view key, std::string_view value) {
    add_raw(key, {});
    append_quoted(text_, value);
    return *this;
}

audit_record& audit_record::add(std::string_view key, bool value) {
    add_raw(key, value ? "true" : "false");
    return *this;
}

audit_record& audit_record::add(std::string_view key, std::uint64_t value) {
    add_raw(key, std::to_string(value));
    return *this;
}

audit_record& audit_record::add_seconds(std::string_view key, std::chrono::nanoseconds value) {
    add_raw(key, fmt::format("{:.3f}", std::chrono::duration<double>(value).count()));
    return *this;
}

}  // namespace portcullis::observe
