// The audit log of the process: who logged in, who was refused, who killed whom, what was changed. Apart from the
// operational log, and with a schema that does not change: CONFIGURATION.md has it. Written at once by whoever has
// something to say: there is no queue to be full, and a login can be refused that could not be recorded.
#pragma once

#include "proxy/config/config.hpp"
#include "proxy/observe/audit_record.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace portcullis::observe {

class audit_sink;

/// An audit log that is open, but not in use yet.
class opened_audit {
public:
    opened_audit();
    opened_audit(opened_audit&&) noexcept;
    opened_audit& operator=(opened_audit&&) noexcept;
    ~opened_audit();

    /// From now on records go there. From any thread.
    void use() &&;

private:
    friend opened_audit open_audit(const config::configuration& settings, std::string& problem);
    config::audit settings_;
    int instance_ = 0;
    std::unique_ptr<audit_sink> sink_;  ///< null: off, or it could not be opened
};

/// Opens the destination anew. `problem` is the reason in words if it cannot be, else empty.
[[nodiscard]] opened_audit open_audit(const config::configuration& settings, std::string& problem);

/// Whether records are written at all.
[[nodiscard]] bool audits();

/// Of the gate that is configured, with time and event.
[[nodiscard]] audit_record new_audit_record(std::string_view event);

/// Writes it, where audits(). What cannot be written is counted, and the operational log says so once a minute.
/// False: it could not be, and on_failure is "refuse_logins".
bool write_audit(const audit_record& record);

/// False while nothing can be written and on_failure is "refuse_logins". Tries the destination then.
[[nodiscard]] bool audit_admits_logins();

/// How many bytes of each statement of this user are recorded; 0: none of it.
[[nodiscard]] std::size_t audited_statement_size(std::string_view user, std::string_view account);

/// An act of administration: "reload", "kill". `by`: who asked for it; `target` and `result` may be empty.
void audit_administration(std::string_view action, std::string_view by, bool done, std::string_view target = {},
                          std::string_view result = {});

/// Records lost since the start of the process.
[[nodiscard]] std::uint64_t lost_audit_records();

}  // namespace portcullis::observe
